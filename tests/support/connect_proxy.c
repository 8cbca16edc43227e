// SPDX-License-Identifier: Apache-2.0
#include "tests/support/connect_proxy.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netdb.h>
#include <openssl/evp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define WAYS_MAX 64
#define HEAD_MAX 8192

struct connect_proxy {
    int fd, stop[2];
    char wanted[256]; // the Proxy-Authorization line; "": none
    int status;
    pthread_t thread;
    pthread_t ways[WAYS_MAX];
    int way_fds[WAYS_MAX];
    size_t way_count;
    atomic_size_t opened, asked;
};

struct way {
    struct connect_proxy *proxy;
    int fd;
};

// The request's head up to the empty line; false when the client went away.
static bool read_head(int fd, char head[HEAD_MAX]) {
    for (size_t len = 0; len < HEAD_MAX - 1;) {
        if (recv(fd, head + len, 1, 0) != 1) {
            return false;
        }
        head[++len] = '\0';
        if (len >= 4 && memcmp(head + len - 4, "\r\n\r\n", 4) == 0) {
            return true;
        }
    }
    return false;
}

static void say(int fd, const char *line) {
    char text[256];
    int len = snprintf(text, sizeof text, "HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n", line);
    (void)send(fd, text, (size_t)len, MSG_NOSIGNAL);
}

// "CONNECT host:port HTTP/1.1", the host in brackets for IPv6.
static int connect_as_asked(const char *head) {
    char host[256] = "", port[16] = "";
    struct addrinfo *found = NULL, hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    if (sscanf(head, "CONNECT [%255[^]]]:%15[0-9] ", host, port) != 2 &&
        sscanf(head, "CONNECT %255[^:]:%15[0-9] ", host, port) != 2) {
        return -1;
    }
    if (getaddrinfo(host, port, &hints, &found) != 0) {
        return -1;
    }
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) != 0) {
        close(fd);
        fd = -1;
    }
    freeaddrinfo(found);
    return fd;
}

static bool pass_on(int from, int to) {
    char bytes[16384];
    ssize_t got = recv(from, bytes, sizeof bytes, 0);
    for (ssize_t sent = 0, part = 0; sent < got; sent += part) {
        part = send(to, bytes + sent, (size_t)(got - sent), MSG_NOSIGNAL);
        if (part <= 0) {
            return false;
        }
    }
    return got > 0;
}

static void relay(int client, int server) {
    struct pollfd polled[2] = {{.fd = client, .events = POLLIN}, {.fd = server, .events = POLLIN}};
    bool open = true;
    while (open && poll(polled, 2, -1) > 0) {
        open = polled[0].revents == 0 || pass_on(client, server);
        open = open && (polled[1].revents == 0 || pass_on(server, client));
    }
}

static void serve(struct connect_proxy *proxy, int fd) {
    char head[HEAD_MAX];
    while (read_head(fd, head)) {
        atomic_fetch_add(&proxy->asked, 1);
        if (proxy->wanted[0] != '\0' && strcasestr(head, proxy->wanted) == NULL) {
            say(fd, "407 Who?\r\nProxy-Authenticate: Basic realm=\"agency\"");
            continue;
        }
        int server = proxy->status == 0 ? connect_as_asked(head) : -1;
        if (server < 0) {
            say(fd, proxy->status == 0 ? "502 Nobody there" : "403 No");
            continue;
        }
        atomic_fetch_add(&proxy->opened, 1);
        (void)send(fd, "HTTP/1.1 200 Open\r\n\r\n", 21, MSG_NOSIGNAL);
        relay(fd, server);
        close(server);
        return;
    }
}

static void *run_way(void *arg) {
    struct way *way = arg;
    serve(way->proxy, way->fd);
    (void)shutdown(way->fd, SHUT_RDWR); // closed by connect_proxy_stop
    free(way);
    return NULL;
}

static void *accept_all(void *arg) {
    struct connect_proxy *proxy = arg;
    struct pollfd polled[2] = {{.fd = proxy->fd, .events = POLLIN}, {.fd = proxy->stop[0], .events = POLLIN}};
    while (poll(polled, 2, -1) > 0 && polled[1].revents == 0) {
        struct way *way = malloc(sizeof *way);
        *way = (struct way){proxy, accept(proxy->fd, NULL, NULL)};
        proxy->way_fds[proxy->way_count] = way->fd;
        if (pthread_create(&proxy->ways[proxy->way_count], NULL, run_way, way) != 0 || ++proxy->way_count == WAYS_MAX) {
            abort();
        }
    }
    return NULL;
}

static void want(struct connect_proxy *proxy, const char *credentials) {
    unsigned char coded[128];
    cr_assert_lt(strlen(credentials), 90);
    EVP_EncodeBlock(coded, (const unsigned char *)credentials, (int)strlen(credentials));
    snprintf(proxy->wanted, sizeof proxy->wanted, "Proxy-Authorization: Basic %s\r\n", (char *)coded);
}

struct connect_proxy *connect_proxy_start(const char *credentials, int status) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct connect_proxy *proxy = calloc(1, sizeof *proxy);
    cr_assert_not_null(proxy);
    proxy->status = status;
    if (credentials != NULL) {
        want(proxy, credentials);
    }
    cr_assert_eq(pipe(proxy->stop), 0);
    proxy->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_geq(proxy->fd, 0);
    cr_assert_eq(bind(proxy->fd, (struct sockaddr *)&address, sizeof address), 0);
    cr_assert_eq(listen(proxy->fd, 32), 0);
    cr_assert_eq(pthread_create(&proxy->thread, NULL, accept_all, proxy), 0);
    return proxy;
}

uint16_t connect_proxy_port(const struct connect_proxy *proxy) {
    struct sockaddr_in address;
    socklen_t len = sizeof address;
    cr_assert_eq(getsockname(proxy->fd, (struct sockaddr *)&address, &len), 0);
    return ntohs(address.sin_port);
}

size_t connect_proxy_opened(struct connect_proxy *proxy) {
    return atomic_load(&proxy->opened);
}

size_t connect_proxy_asked(struct connect_proxy *proxy) {
    return atomic_load(&proxy->asked);
}

void connect_proxy_stop(struct connect_proxy *proxy) {
    cr_assert_eq(write(proxy->stop[1], "x", 1), 1);
    cr_assert_eq(pthread_join(proxy->thread, NULL), 0);
    for (size_t i = 0; i < proxy->way_count; i++) {
        (void)shutdown(proxy->way_fds[i], SHUT_RDWR);
        cr_assert_eq(pthread_join(proxy->ways[i], NULL), 0);
        close(proxy->way_fds[i]);
    }
    close(proxy->fd);
    close(proxy->stop[0]);
    close(proxy->stop[1]);
    free(proxy);
}
