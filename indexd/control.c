// SPDX-License-Identifier: Apache-2.0
#include "indexd/control.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"

#define LINE_MAX_BYTES 4096
#define PATIENCE_S 5 // for a peer that connects and says nothing

struct control {
    struct service *service;
    char *path;
    int listener;
    int wake[2]; // a pipe: closing the writing end stops the thread
    pthread_t thread;
};

static err_t address_of(const char *path, struct sockaddr_un *out) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    if (len >= sizeof address.sun_path) {
        return err_set(ERR_INPUT, "%s: the path of a socket has at most %zu characters", path,
                       sizeof address.sun_path - 1);
    }
    memcpy(address.sun_path, path, len + 1);
    *out = address;
    return OK;
}

static void be_patient(int fd) {
    struct timeval limit = {.tv_sec = PATIENCE_S};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

static err_t connect_to(const char *path, int *out) {
    struct sockaddr_un address;
    err_t err = address_of(path, &address);
    if (err) {
        return err;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return err_set(ERR_IO, "socket: %s", strerror(errno));
    }
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        int reason = errno;
        close(fd);
        err_t kind = reason == ENOENT || reason == ECONNREFUSED ? ERR_NOT_FOUND : ERR_IO;
        return err_set(kind, "%s: %s", path, strerror(reason));
    }
    be_patient(fd);
    *out = fd;
    return OK;
}

static err_t read_line(int fd, struct buf *out) {
    while (out->len < LINE_MAX_BYTES) {
        char chunk[512];
        ssize_t got = recv(fd, chunk, sizeof chunk, 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return err_set(ERR_IO, "the control connection ended before its line did");
        }
        buf_put(out, chunk, (size_t)got);
        if (memchr(chunk, '\n', (size_t)got)) {
            return buf_check(out);
        }
    }
    return err_set(ERR_TOO_LARGE, "a control line has at most %d bytes", LINE_MAX_BYTES);
}

static err_t write_line(int fd, const json_t *document) {
    struct buf line = {0};
    err_t err = json_write(document, false, &line);
    buf_put_str(&line, "\n");
    if (!err) {
        err = buf_check(&line);
    }
    for (size_t at = 0; !err && at < line.len;) {
        ssize_t put = send(fd, line.data + at, line.len - at, MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put <= 0) {
            err = err_set(ERR_IO, "the control connection was closed");
            break;
        }
        at += (size_t)put;
    }
    buf_free(&line);
    return err;
}

json_t *control_stats_json(const struct engine_stats *stats) {
    json_t *store_id = json_hex(stats->store_id, sizeof stats->store_id);
    return json_pack("{s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "store_id", store_id, //
                     "journal_records", (json_int_t)stats->journal_records,                      //
                     "journal_bytes", (json_int_t)stats->journal_bytes,                          //
                     "keys", (json_int_t)stats->keys, "entries", (json_int_t)stats->entries,     //
                     "map_used", (json_int_t)stats->map_used, "map_size", (json_int_t)stats->map_size, "questions",
                     (json_int_t)stats->questions, "children", (json_int_t)stats->children, //
                     "changes", (json_int_t)stats->changes);
}

static err_t run_stats(struct service *service, const json_t *command, json_t *reply) {
    (void)command;
    struct engine_stats stats;
    err_t err = engine_stats(service->engine, &stats);
    if (err) {
        return err;
    }
    return json_object_set_new(reply, "stats", control_stats_json(&stats)) == 0 ? OK : ERR_MEMORY;
}

static err_t run_deny(struct service *service, const json_t *command, json_t *reply) {
    (void)reply;
    const char *who = json_string_value(json_object_get(command, "who"));
    if (!who) {
        return err_set(ERR_INPUT, "field \"who\" is missing");
    }
    err_t err = access_deny(service->access, who);
    if (err) {
        return err;
    }
    log_line(LOG_NOTICE, "denied %s", who);
    struct buf act = {0};
    buf_printf(&act, "deny %s", who);
    const char *text = buf_str(&act);
    err = text ? engine_note_act(service->engine, "root", text) : err_set(ERR_MEMORY, "no memory");
    buf_free(&act);
    return err;
}

static const struct {
    const char *name;
    err_t (*run)(struct service *service, const json_t *command, json_t *reply);
} commands[] = {
    {"stats", run_stats},
    {"deny", run_deny},
};

static err_t run_command(struct service *service, struct bytes line, json_t *reply) {
    json_t *command = NULL;
    err_t err = json_parse(line, &command);
    if (err) {
        return err;
    }
    const char *name = json_string_value(json_object_get(command, "command"));
    err = err_set(ERR_INPUT, "no such command");
    for (size_t i = 0; name && i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(commands[i].name, name) == 0) {
            err = commands[i].run(service, command, reply);
            break;
        }
    }
    json_decref(command);
    return err;
}

// The socket's mode keeps others out; this check holds where a file system ignores it.
static bool peer_is_ours(int fd) {
    struct ucred peer;
    socklen_t len = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 && (peer.uid == 0 || peer.uid == geteuid());
}

static void serve_one(struct control *control, int fd) {
    be_patient(fd);
    struct buf line = {0};
    json_t *reply = json_object();
    err_t err = peer_is_ours(fd) ? read_line(fd, &line) : err_set(ERR_DENIED, "root only");
    if (!err) {
        err = run_command(control->service, buf_bytes(&line), reply);
    }
    json_object_set_new(reply, "ok", json_boolean(!err));
    if (err) {
        json_object_set_new(reply, "error", json_string(err_detail()[0] ? err_detail() : err_text(err)));
    }
    err = write_line(fd, reply);
    if (err) {
        log_err(err, "control reply");
    }
    json_decref(reply);
    buf_free(&line);
}

static void *serve(void *arg) {
    struct control *control = arg;
    struct pollfd polled[2] = {{.fd = control->listener, .events = POLLIN}, {.fd = control->wake[0], .events = POLLIN}};
    for (;;) {
        if (poll(polled, 2, -1) < 0 && errno != EINTR) {
            log_line(LOG_ERROR, "control: poll: %s", strerror(errno));
            return NULL;
        }
        if (polled[1].revents) {
            return NULL;
        }
        int fd = polled[0].revents ? accept4(control->listener, NULL, NULL, SOCK_CLOEXEC) : -1;
        if (fd >= 0) {
            serve_one(control, fd);
            close(fd);
        }
    }
}

static err_t bind_socket(const char *path, int *out) {
    struct sockaddr_un address;
    err_t err = address_of(path, &address);
    if (err) {
        return err;
    }
    int other = -1;
    err = connect_to(path, &other);
    if (!err) {
        close(other);
        return err_set(ERR_EXISTS, "%s: another index listens there", path);
    }
    if (err != ERR_NOT_FOUND) {
        return err;
    }
    unlink(path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mode_t before = umask(0177); // at start-up, before other threads make files
    bool bound = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 8) == 0;
    int reason = errno;
    umask(before);
    if (!bound) {
        if (fd >= 0) {
            close(fd);
        }
        return err_set(ERR_IO, "%s: %s", path, strerror(reason));
    }
    *out = fd;
    return OK;
}

static void control_release(struct control *control) {
    if (control->listener >= 0) {
        close(control->listener);
        unlink(control->path);
    }
    for (int i = 0; i < 2; i++) {
        if (control->wake[i] >= 0) {
            close(control->wake[i]);
        }
    }
    free(control->path);
    free(control);
}

err_t control_start(const char *path, struct service *service, struct control **out) {
    struct control *control = calloc(1, sizeof *control);
    if (!control) {
        return err_set(ERR_MEMORY, "no memory for the control socket");
    }
    *control = (struct control){.service = service, .path = strdup(path), .listener = -1, .wake = {-1, -1}};
    err_t err = control->path ? bind_socket(path, &control->listener) : err_set(ERR_MEMORY, "no memory");
    if (!err && pipe2(control->wake, O_CLOEXEC) != 0) {
        err = err_set(ERR_IO, "pipe: %s", strerror(errno));
    }
    if (!err && pthread_create(&control->thread, NULL, serve, control) != 0) {
        err = err_set(ERR_MEMORY, "no thread for the control socket");
    }
    if (err) {
        control_release(control);
        return err;
    }
    *out = control;
    return OK;
}

void control_stop(struct control *control) {
    if (!control) {
        return;
    }
    close(control->wake[1]);
    control->wake[1] = -1;
    pthread_join(control->thread, NULL);
    control_release(control);
}

static err_t read_reply(int fd, json_t **out) {
    struct buf line = {0};
    err_t err = read_line(fd, &line);
    if (!err) {
        err = json_parse(buf_bytes(&line), out);
    }
    buf_free(&line);
    return err;
}

err_t control_call(const char *path, const json_t *command, json_t **out_reply) {
    int fd = -1;
    err_t err = connect_to(path, &fd);
    if (err) {
        return err;
    }
    json_t *reply = NULL;
    err = write_line(fd, command);
    if (!err) {
        err = read_reply(fd, &reply);
    }
    close(fd);
    if (!err && !json_is_true(json_object_get(reply, "ok"))) {
        const char *why = json_string_value(json_object_get(reply, "error"));
        err = err_set(ERR_REFUSED, "%s", why ? why : "the index gave no reason");
        json_decref(reply);
    }
    if (!err) {
        *out_reply = reply;
    }
    return err;
}
