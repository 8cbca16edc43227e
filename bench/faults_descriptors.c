// SPDX-License-Identifier: Apache-2.0
// No descriptor is left: who is connected is served on, who is not waits, nothing spins, and all is well once there are
// descriptors again.
#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench/faults.h"
#include "bench/threads.h"

#define WAITING 20
#define WATCHED_US 3000000
#define CPU_MAX_US 300000 // of them, by any thread that accepts connections
#define QUESTIONS 200

static rlim_t descriptors_of(pid_t pid) {
    char path[64];
    rlim_t count = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    DIR *folder = opendir(path);
    for (struct dirent *entry = NULL; folder != NULL && (entry = readdir(folder)) != NULL;) {
        count += entry->d_name[0] != '.' ? 1 : 0;
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    return count;
}

static err_t set_limit(const struct faults_run *run, rlim_t most, struct rlimit *before) {
    struct rlimit limit;
    if (prlimit(run->scheme->index.pid, RLIMIT_NOFILE, NULL, &limit) != 0) {
        return err_set(ERR_IO, "no limit of descriptors");
    }
    *before = limit;
    limit.rlim_cur = most;
    return prlimit(run->scheme->index.pid, RLIMIT_NOFILE, &limit, NULL) == 0 ? OK : err_set(ERR_IO, "no limit set");
}

static int connect_to_port(unsigned port) {
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)connect(fd, (const struct sockaddr *)&address, sizeof address);
    return fd;
}

static int connect_to_control(const struct faults_run *run) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char path[640];
    scheme_path(run->scheme, "index.control", path);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%.*s", (int)sizeof address.sun_path - 1, path);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)connect(fd, (const struct sockaddr *)&address, sizeof address);
    return fd;
}

static const char *const accepting[] = {"http-worker", "metrics", "control"};
#define ACCEPTING (sizeof accepting / sizeof accepting[0])

// With nobody asking, and everybody waiting at the door.
static void watch_cpu(struct faults_run *run) {
    int64_t before[ACCEPTING] = {0}, after = 0;
    for (size_t i = 0; i < ACCEPTING; i++) {
        if (threads_spent_us(run->scheme->index.pid, accepting[i], &before[i]) != OK) {
            faults_find(run, "%s", err_detail());
        }
    }
    (void)usleep(WATCHED_US);
    for (size_t i = 0; i < ACCEPTING; i++) {
        err_t err = threads_spent_us(run->scheme->index.pid, accepting[i], &after);
        const long long spent_ms = err == OK ? (after - before[i]) / 1000 : -1;
        printf("%-12s spent %lld ms of %d s\n", accepting[i], spent_ms, WATCHED_US / 1000000);
        if (err != OK || after - before[i] > CPU_MAX_US) {
            faults_find(run, "the thread %s is busy without a descriptor", accepting[i]);
        }
    }
}

static void ask_on(struct faults_run *run, const char *when) {
    size_t right = 0;
    for (size_t i = 0; i < QUESTIONS; i++) {
        right += i % 10 == 0 ? faults_open_child(run) == RIGHT : faults_ask_child(run, 0) == RIGHT;
    }
    printf("%s: %zu of %d requests of those who are connected were served\n", when, right, QUESTIONS);
    if (right != QUESTIONS) {
        faults_find(run, "%s: who is connected was not served", when);
    }
}

static void lack_descriptors(struct faults_run *run) {
    struct rlimit before;
    int waiting[WAITING + 2];
    if (set_limit(run, descriptors_of(run->scheme->index.pid), &before) != OK) {
        faults_find(run, "%s", err_detail());
        return;
    }
    for (size_t i = 0; i < WAITING; i++) {
        waiting[i] = connect_to_port(run->scheme->index.port);
    }
    waiting[WAITING] = connect_to_port(run->metrics_port);
    waiting[WAITING + 1] = connect_to_control(run);
    ask_on(run, "without a descriptor");
    daemon_signal(&run->scheme->index, SIGHUP); // nothing can be read: the old stays in force
    watch_cpu(run);
    ask_on(run, "after a reload of which nothing could be read");
    if (set_limit(run, before.rlim_cur, &before) != OK) {
        faults_find(run, "%s", err_detail());
    }
    faults_connect(run);
    const int64_t began_us = clock_monotonic_us();
    faults_warm(run);
    printf("a new client was served %lld ms after there were descriptors again\n",
           (long long)(clock_monotonic_us() - began_us) / 1000);
    if (faults_ask_metrics(run) != RIGHT) {
        faults_find(run, "no metrics after there were descriptors again");
    }
    for (size_t i = 0; i < WAITING + 2; i++) {
        (void)close(waiting[i]);
    }
}

err_t faults_descriptors(struct faults_run *run) {
    err_t err = faults_start(run, true);
    if (err != OK) {
        return err;
    }
    if (faults_open_child(run) != RIGHT || faults_ask_child(run, 0) != RIGHT) {
        faults_find(run, "not served before anything fails");
    }
    faults_warm(run);
    lack_descriptors(run);
    faults_check_all(run);
    return OK;
}
