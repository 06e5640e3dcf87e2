/* conf/reader.h - what the stages of one conf_load() share, and what key tables call. */
#ifndef CONF_READER_H
#define CONF_READER_H

#include "conf/complaint.h"
#include "conf/draft.h"
#include "conf/load.h"
#include "conf/names.h"

enum { READER_BLOCKS = 7 };

struct reader {
	struct arena *arena;
	const struct conf_host *host;
	struct complaints complaints;
	struct names keys[READER_BLOCKS]; /* by enum key_block */
	bool skipped;                     /* the warning about LVS and the like has been given */
	struct draft draft;
};

#endif
