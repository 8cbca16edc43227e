// SPDX-License-Identifier: Apache-2.0
#include "tests/support/relay.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RECORD_HEADER 5
#define APPLICATION_DATA 23

struct relay {
    int listener;
    int stop[2]; // closing the writing end stops the thread
    uint16_t to;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t idle;
    bool busy;
    uint8_t *seen; // what the server sent
    size_t len;
};

static struct sockaddr_in loopback(uint16_t port) {
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
}

static void keep(struct relay *relay, const uint8_t *data, size_t len) {
    pthread_mutex_lock(&relay->lock);
    relay->seen = realloc(relay->seen, relay->len + len);
    memcpy(relay->seen + relay->len, data, len);
    relay->len += len;
    pthread_mutex_unlock(&relay->lock);
}

// Hands on what `from` has. False when it has ended.
static bool pass_on(struct relay *relay, int from, int to, bool of_server) {
    uint8_t data[16384];
    ssize_t got = recv(from, data, sizeof data, 0);
    if (got <= 0) {
        (void)shutdown(to, SHUT_WR);
        return false;
    }
    if (of_server) {
        keep(relay, data, (size_t)got);
    }
    return send(to, data, (size_t)got, MSG_NOSIGNAL) == got;
}

static void serve(struct relay *relay, int client) {
    struct sockaddr_in address = loopback(relay->to);
    int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct pollfd polled[] = {{.fd = client, .events = POLLIN}, {.fd = server, .events = POLLIN}};
    bool open = connect(server, (struct sockaddr *)&address, sizeof address) == 0;
    while (open && poll(polled, 2, -1) > 0) {
        if (polled[0].revents != 0 && !pass_on(relay, client, server, false)) {
            polled[0].fd = -1; // the server may still answer
        }
        open = polled[1].revents == 0 || pass_on(relay, server, client, true);
    }
    (void)close(server);
}

static void *run(void *arg) {
    struct relay *relay = arg;
    struct pollfd polled[] = {{.fd = relay->listener, .events = POLLIN}, {.fd = relay->stop[0], .events = POLLIN}};
    while (poll(polled, 2, -1) > 0 && polled[1].revents == 0) {
        int client = accept4(relay->listener, NULL, NULL, SOCK_CLOEXEC);
        pthread_mutex_lock(&relay->lock);
        relay->busy = true;
        pthread_mutex_unlock(&relay->lock);
        serve(relay, client);
        (void)close(client);
        pthread_mutex_lock(&relay->lock);
        relay->busy = false;
        pthread_cond_signal(&relay->idle);
        pthread_mutex_unlock(&relay->lock);
    }
    return NULL;
}

struct relay *relay_start(uint16_t to, uint16_t *out_port) {
    struct relay *relay = calloc(1, sizeof *relay);
    struct sockaddr_in address = loopback(0);
    socklen_t len = sizeof address;
    cr_assert_not_null(relay);
    relay->to = to;
    relay->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(relay->listener, (struct sockaddr *)&address, sizeof address), 0);
    cr_assert_eq(listen(relay->listener, 8), 0);
    cr_assert_eq(getsockname(relay->listener, (struct sockaddr *)&address, &len), 0);
    cr_assert_eq(pipe(relay->stop), 0);
    pthread_mutex_init(&relay->lock, NULL);
    pthread_cond_init(&relay->idle, NULL);
    cr_assert_eq(pthread_create(&relay->thread, NULL, run, relay), 0);
    *out_port = ntohs(address.sin_port);
    return relay;
}

void relay_stop(struct relay *relay) {
    (void)close(relay->stop[1]);
    pthread_join(relay->thread, NULL);
    (void)close(relay->stop[0]);
    (void)close(relay->listener);
    pthread_mutex_destroy(&relay->lock);
    pthread_cond_destroy(&relay->idle);
    free(relay->seen);
    free(relay);
}

size_t relay_take(struct relay *relay, size_t lengths[RELAY_RECORDS_MAX]) {
    size_t count = 0;
    pthread_mutex_lock(&relay->lock);
    while (relay->busy) {
        pthread_cond_wait(&relay->idle, &relay->lock);
    }
    for (size_t at = 0; at + RECORD_HEADER <= relay->len;) {
        size_t len = (size_t)relay->seen[at + 3] << 8 | relay->seen[at + 4];
        if (relay->seen[at] == APPLICATION_DATA && count < RELAY_RECORDS_MAX) {
            lengths[count++] = len;
        }
        at += RECORD_HEADER + len;
    }
    relay->len = 0;
    pthread_mutex_unlock(&relay->lock);
    return count;
}
