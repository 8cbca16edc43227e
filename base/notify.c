// SPDX-License-Identifier: Apache-2.0
#include "base/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"

static int own_fd = -1;

// A name that begins with @ is abstract: a zero stands in its place.
static int connect_to(const char *name) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const size_t len = strlen(name);
    if ((name[0] != '/' && name[0] != '@') || len >= sizeof address.sun_path) {
        errno = EINVAL;
        return -1;
    }
    memcpy(address.sun_path, name, len);
    if (name[0] == '@') {
        address.sun_path[0] = '\0';
    }
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, size) != 0) {
        const int reason = errno;
        (void)close(fd);
        errno = reason;
        return -1;
    }
    return fd;
}

void notify_open(void) {
    const char *name = getenv("NOTIFY_SOCKET");
    if (name == NULL || name[0] == '\0') {
        return;
    }
    own_fd = connect_to(name);
    if (own_fd < 0) {
        log_line(LOG_WARNING, "the service manager's socket: %s", strerror(errno));
    }
    (void)unsetenv("NOTIFY_SOCKET");
}

void notify_send(const char *state) {
    if (own_fd >= 0 && send(own_fd, state, strlen(state), MSG_NOSIGNAL) < 0) {
        log_line(LOG_WARNING, "the service manager's socket: %s", strerror(errno));
    }
}
