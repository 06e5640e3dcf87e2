/* sim/main_replay.h - records what a node of a world lived through, and has the core live through
 * it again.
 *
 * A recording is lines of JSON. A header, {"trace":1,"seed":S,"nodes":K,"host":N}, begins a life of
 * the daemon: it says whose configuration it had. What follows are the lines of node_trace(), which
 * hold all that node_step() was given; run again, each must come out the same to the last letter.
 */
#ifndef SIM_MAIN_REPLAY_H
#define SIM_MAIN_REPLAY_H

#include <stdint.h>
#include <stdio.h>

#include "sim/swarm.h"

struct recorder {
	FILE *file;
	uint64_t seed;
	uint8_t nodes, host;
	uint32_t start; /* the life being recorded */
	uint64_t lines;
};

/* To be called at every step of the world |seed| drew. */
void recorder_step(struct recorder *, const struct world *, const struct stepped *);

/* Replays |path| and says what came of it. Returns the exit status: 0 when every line was the same,
 * 1 when one was not, 2 when the file cannot be read or understood. */
int replay_main(const char *path);

#endif
