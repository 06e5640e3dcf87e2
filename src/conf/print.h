/* conf/print.h - what print.c and print_route.c share. */
#ifndef CONF_PRINT_H
#define CONF_PRINT_H

#include "base/text.h"

/* A word as it is read again; quoted when it needs be. */
void put_word(struct text *, const char *s);

#endif
