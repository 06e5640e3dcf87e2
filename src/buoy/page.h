/* buoy/page.h - the status as a page for somebody who was woken by it. */
#ifndef BUOY_PAGE_H
#define BUOY_PAGE_H

#include <jansson.h>
#include <stdio.h>

/* Prints the answer to {"cmd": "status"}: what matters first, one headline an instance. */
void page_print(FILE *out, const json_t *status);

#endif
