#include "io/packet.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/socket.h>

#include "base/bytes.h"
#include "base/err.h"
#include "io/errmap.h"

int packet_open_sender(void)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	return fd < 0 ? err_from_errno(errno) : fd;
}

uint32_t packet_send(int fd, struct packet_frame *frames, uint32_t count)
{
	struct sockaddr_ll to[PACKET_BATCH_MAX];
	struct iovec iov[PACKET_BATCH_MAX];
	struct mmsghdr msgs[PACKET_BATCH_MAX];
	uint32_t done = 0, failed = 0;

	assert(count <= PACKET_BATCH_MAX);
	memset(msgs, 0, sizeof(msgs[0]) * count);
	for (uint32_t i = 0; i < count; i++) {
		to[i] = (struct sockaddr_ll){
			.sll_family = AF_PACKET,
			.sll_protocol = htons(get_be16(frames[i].bytes + 2 * MAC_LEN)),
			.sll_ifindex = frames[i].ifindex,
			.sll_halen = MAC_LEN,
		};
		memcpy(to[i].sll_addr, frames[i].bytes, MAC_LEN);
		iov[i] = (struct iovec){ frames[i].bytes, frames[i].len };
		msgs[i].msg_hdr.msg_name = &to[i];
		msgs[i].msg_hdr.msg_namelen = sizeof(to[i]);
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
		frames[i].err = 0;
	}
	while (done < count) {
		int n = sendmmsg(fd, msgs + done, count - done, MSG_DONTWAIT);

		if (n > 0) {
			done += (uint32_t)n;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		frames[done++].err = n < 0 ? err_from_errno(errno) : E_IO;
		failed++;
	}
	return failed;
}
