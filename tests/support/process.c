// SPDX-License-Identifier: Apache-2.0
#include "tests/support/process.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define READY_TIMEOUT_MS 60000
#define OUTPUT_MAX (16u << 20)

static void fail(const char *what, const char *detail) {
    fprintf(stderr, "test support: %s: %s\n", what, detail);
    abort();
}

// Runs in the child: a test that crashes must not leave daemons behind.
static void exec_child(const char *dir, const char *const *argv, int in, int out, int err) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (chdir(dir) != 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0) {
        _exit(126);
    }
    signal(SIGPIPE, SIG_DFL);
    execv(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

struct stream {
    int fd;
    char *text;
    size_t len;
};

// Returns false at the end of the stream.
static bool stream_take(struct stream *stream) {
    char chunk[65536];
    ssize_t got = read(stream->fd, chunk, sizeof chunk);
    if (got < 0 && errno == EINTR) {
        return true;
    }
    if (got <= 0) {
        return false;
    }
    if (stream->len + (size_t)got > OUTPUT_MAX) {
        fail("output", "more than 16 MiB");
    }
    stream->text = realloc(stream->text, stream->len + (size_t)got + 1);
    assert(stream->text);
    memcpy(stream->text + stream->len, chunk, (size_t)got);
    stream->len += (size_t)got;
    stream->text[stream->len] = '\0';
    return true;
}

static void feed(struct pollfd *polled, const char **input, size_t *left) {
    ssize_t put = write(polled->fd, *input, *left);
    if (put > 0) {
        *input += put;
        *left -= (size_t)put;
    }
    if (put < 0 || *left == 0) {
        close(polled->fd);
        polled->fd = -1;
    }
}

static void converse(int in, struct stream *out, struct stream *err, const char *input) {
    size_t left = input ? strlen(input) : 0;
    struct pollfd polled[3] = {
        {.fd = in, .events = POLLOUT}, {.fd = out->fd, .events = POLLIN}, {.fd = err->fd, .events = POLLIN}};
    if (left == 0) {
        close(in);
        polled[0].fd = -1;
    }
    while (polled[1].fd >= 0 || polled[2].fd >= 0) {
        if (poll(polled, 3, -1) < 0 && errno != EINTR) {
            fail("poll", strerror(errno));
        }
        if (polled[0].fd >= 0 && polled[0].revents) {
            feed(&polled[0], &input, &left);
        }
        if (polled[1].fd >= 0 && polled[1].revents && !stream_take(out)) {
            polled[1].fd = -1;
        }
        if (polled[2].fd >= 0 && polled[2].revents && !stream_take(err)) {
            polled[2].fd = -1;
        }
    }
    if (polled[0].fd >= 0) {
        close(polled[0].fd);
    }
}

static int exit_code_of(pid_t pid) {
    int status = 0;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            fail("waitpid", strerror(errno));
        }
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void make_pipe(int ends[2]) {
    if (pipe2(ends, O_CLOEXEC) != 0) {
        fail("pipe", strerror(errno));
    }
}

struct outcome process_run(const char *dir, const char *const *argv, const char *input) {
    int in[2], out[2], err[2];
    make_pipe(in);
    make_pipe(out);
    make_pipe(err);
    signal(SIGPIPE, SIG_IGN);
    pid_t pid = fork();
    if (pid == 0) {
        exec_child(dir, argv, in[0], out[1], err[1]);
    }
    close(in[0]);
    close(out[1]);
    close(err[1]);
    struct stream printed = {.fd = out[0], .text = calloc(1, 1)};
    struct stream complained = {.fd = err[0], .text = calloc(1, 1)};
    converse(in[1], &printed, &complained, input);
    close(out[0]);
    close(err[0]);
    return (struct outcome){.exit_code = exit_code_of(pid), .out = printed.text, .err = complained.text};
}

void outcome_free(struct outcome *outcome) {
    free(outcome->out);
    free(outcome->err);
    *outcome = (struct outcome){0};
}

static uint16_t read_port(struct daemon_process *daemon, const char *name) {
    char line[64];
    size_t len = 0;
    struct pollfd polled = {.fd = daemon->out, .events = POLLIN};
    while (len < sizeof line - 1) {
        if (poll(&polled, 1, READY_TIMEOUT_MS) <= 0 || read(daemon->out, line + len, 1) != 1) {
            fail(name, "did not say that it is ready; see its log");
        }
        if (line[len++] == '\n') {
            break;
        }
    }
    line[len] = '\0';
    unsigned port = 0;
    if (sscanf(line, "ready %u\n", &port) != 1 || port == 0 || port > 65535) {
        fail(name, "said something else than \"ready PORT\"");
    }
    return (uint16_t)port;
}

void daemon_start(struct daemon_process *daemon, const char *dir, const char *const *argv, const char *log) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", dir, log);
    int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int err = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int out[2];
    make_pipe(out);
    daemon->pid = fork();
    if (daemon->pid == 0) {
        exec_child(dir, argv, in, out[1], err);
    }
    close(in);
    close(err);
    close(out[1]);
    daemon->out = out[0];
    daemon->port = read_port(daemon, argv[0]);
}

void daemon_signal(const struct daemon_process *daemon, int signal) {
    if (daemon->pid) {
        kill(daemon->pid, signal);
    }
}

int daemon_stop(struct daemon_process *daemon, int signal) {
    if (!daemon->pid) {
        return 0;
    }
    kill(daemon->pid, signal);
    int exit_code = exit_code_of(daemon->pid);
    close(daemon->out);
    *daemon = (struct daemon_process){0};
    return exit_code;
}
