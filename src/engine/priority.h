/* engine/priority.h - what is served first when several things have happened at once.
 *
 * What was heard before what is due: a node that was held up must not take over from a MASTER whose
 * adverts wait in its socket. Then the deadlines, then the kernel's news; people and scripts last.
 */
#ifndef ENGINE_PRIORITY_H
#define ENGINE_PRIORITY_H

enum {
	PRIORITY_PACKETS = -40,
	PRIORITY_DEADLINE = -30,
	PRIORITY_KERNEL = -20,
	PRIORITY_SIGNAL = -10,
	PRIORITY_WORKER = 0,
	PRIORITY_CHECKS = 5,
	PRIORITY_HOUSE = 10,
	PRIORITY_CONTROL = 20,
};

#endif
