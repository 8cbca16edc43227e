// SPDX-License-Identifier: Apache-2.0
#include "proto/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HOST_SIZE 64

static err_t parse_address(const char *what, const char *text, struct addrinfo **out) {
    char host[HOST_SIZE];
    const char *colon = strrchr(text, ':');
    uint64_t port = 0; // getaddrinfo takes 65536 for 0
    for (const char *at = colon == NULL ? "" : colon + 1; *at >= '0' && *at <= '9' && port <= UINT16_MAX; at++) {
        port = port * 10 + (uint64_t)(*at - '0');
    }
    size_t len = colon == NULL ? 0 : (size_t)(colon - text);
    if (len == 0 || len >= sizeof host || port > UINT16_MAX) {
        return err_set(ERR_INPUT, "%s must be ADDRESS:PORT", what);
    }
    bool brackets = text[0] == '[' && text[len - 1] == ']';
    if (!brackets && memchr(text, ':', len) != NULL) {
        return err_set(ERR_INPUT, "%s: an IPv6 address stands in brackets", what);
    }
    (void)snprintf(host, sizeof host, "%.*s", (int)(brackets ? len - 2 : len), brackets ? text + 1 : text);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
    int failed = getaddrinfo(host, colon + 1, &hints, out);
    return failed == 0 ? OK : err_set(ERR_INPUT, "%s must be ADDRESS:PORT: %s", what, gai_strerror(failed));
}

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static bool is_loopback(const struct addrinfo *info) {
    union address address = {.v6 = {0}};
    memcpy(&address, info->ai_addr, info->ai_addrlen);
    return address.any.sa_family == AF_INET6 ? IN6_IS_ADDR_LOOPBACK(&address.v6.sin6_addr)
                                             : ntohl(address.v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

// Without TCP_NODELAY a reply may wait 40 ms for an acknowledgement.
static err_t bind_and_listen(const char *what, int fd, const struct addrinfo *address) {
    int on = 1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
        bind(fd, address->ai_addr, address->ai_addrlen) != 0 || listen(fd, SOMAXCONN) != 0) {
        return err_set(ERR_IO, "%s: %s", what, strerror(errno));
    }
    return OK;
}

static err_t read_port(const char *what, int fd, uint16_t *out) {
    union address bound = {.v6 = {0}};
    socklen_t len = sizeof bound;
    if (getsockname(fd, &bound.any, &len) != 0) {
        return err_set(ERR_IO, "%s: %s", what, strerror(errno));
    }
    *out = ntohs(bound.any.sa_family == AF_INET6 ? bound.v6.sin6_port : bound.v4.sin_port);
    return OK;
}

static err_t open_at(const char *what, const struct addrinfo *address, int *out_fd, uint16_t *out_port) {
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return err_set(ERR_IO, "%s: %s", what, strerror(errno));
    }
    err_t err = bind_and_listen(what, fd, address);
    if (err == OK) {
        err = read_port(what, fd, out_port);
    }
    if (err != OK) {
        (void)close(fd);
        return err;
    }
    *out_fd = fd;
    return OK;
}

err_t listen_open(const char *what, const char *text, bool loopback_only, int *out_fd, uint16_t *out_port) {
    struct addrinfo *address = NULL;
    err_t err = parse_address(what, text, &address);
    if (err != OK) {
        return err;
    }
    if (loopback_only && !is_loopback(address)) {
        err = err_set(ERR_INPUT, "%s must be a loopback address, 127.0.0.1 or [::1]", what);
    } else {
        err = open_at(what, address, out_fd, out_port);
    }
    freeaddrinfo(address);
    return err;
}
