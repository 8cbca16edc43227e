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
#include "base/thread.h"
#include "indexd/commands/commands.h"

#define COMMAND_MAX ((size_t)1 << 20) // bytes of a line
#define REPLY_MAX ((size_t)64 << 20)
#define PATIENCE_S 5 // for a peer that connects and says nothing
#define SERVING_MAX 16
#define ACCEPT_AGAIN_MS 100

struct control {
    struct service *service;
    char *path;
    int listener;
    int wake[2]; // a pipe: closing the writing end stops the thread
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t served;
    size_t serving; // connections, each on a thread of its own: a long command holds up no denial
};

struct connection {
    struct control *control;
    int fd;
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

static err_t read_line(int fd, size_t max, struct buf *out) {
    while (out->len < max) {
        char chunk[4096];
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
    return err_set(ERR_TOO_LARGE, "a control line has at most %zu bytes", max);
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

// The command's name is dispatched on here; what is left are its fields, which it reads strictly.
static err_t run_line(struct service *service, struct bytes line, json_t *reply) {
    json_t *command = NULL;
    err_t err = json_parse(line, &command);
    if (err) {
        return err;
    }
    err = commands_run(service, command, reply);
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
    err_t err = peer_is_ours(fd) ? read_line(fd, COMMAND_MAX, &line) : err_set(ERR_DENIED, "root only");
    if (!err) {
        err = run_line(control->service, buf_bytes(&line), reply);
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

static void *serve_connection(void *arg) {
    struct connection *connection = arg;
    struct control *control = connection->control;
    serve_one(control, connection->fd);
    close(connection->fd);
    free(connection);
    pthread_mutex_lock(&control->lock);
    control->serving--;
    pthread_cond_signal(&control->served);
    pthread_mutex_unlock(&control->lock);
    return NULL;
}

// Waits until fewer than `below` connections are being served.
static void wait_served(struct control *control, size_t below) {
    pthread_mutex_lock(&control->lock);
    while (control->serving >= below) {
        pthread_cond_wait(&control->served, &control->lock);
    }
    pthread_mutex_unlock(&control->lock);
}

static void serve_beside(struct control *control, int fd) {
    struct connection *connection = malloc(sizeof *connection);
    pthread_t thread;
    wait_served(control, SERVING_MAX);
    pthread_mutex_lock(&control->lock);
    control->serving++;
    pthread_mutex_unlock(&control->lock);
    if (connection) {
        *connection = (struct connection){control, fd};
    }
    err_t err = connection ? thread_start("control-serve", serve_connection, connection, &thread)
                           : err_set(ERR_MEMORY, "no memory for a connection");
    if (!err) {
        pthread_detach(thread);
        return;
    }
    log_err(err, "control");
    close(fd);
    free(connection);
    pthread_mutex_lock(&control->lock);
    control->serving--;
    pthread_mutex_unlock(&control->lock);
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
            serve_beside(control, fd);
        } else {
            poll(&polled[1], 1, ACCEPT_AGAIN_MS); // without a descriptor the listener stays ready
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
    }
    if (control->listener >= 0 && control->path != NULL) {
        unlink(control->path);
    }
    for (int i = 0; i < 2; i++) {
        if (control->wake[i] >= 0) {
            close(control->wake[i]);
        }
    }
    pthread_cond_destroy(&control->served);
    pthread_mutex_destroy(&control->lock);
    free(control->path);
    free(control);
}

err_t control_start(const char *path, struct service *service, struct control **out) {
    struct control *control = calloc(1, sizeof *control);
    if (!control) {
        return err_set(ERR_MEMORY, "no memory for the control socket");
    }
    *control = (struct control){.service = service, .path = strdup(path), .listener = -1, .wake = {-1, -1}};
    pthread_mutex_init(&control->lock, NULL);
    pthread_cond_init(&control->served, NULL);
    err_t err = control->path ? bind_socket(path, &control->listener) : err_set(ERR_MEMORY, "no memory");
    if (!err && pipe2(control->wake, O_CLOEXEC) != 0) {
        err = err_set(ERR_IO, "pipe: %s", strerror(errno));
    }
    if (!err) {
        err = thread_start("control", serve, control, &control->thread);
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
    wait_served(control, 1);
    control_release(control);
}

static err_t read_reply(int fd, json_t **out) {
    struct buf line = {0};
    struct timeval forever = {0}; // a command takes as long as it takes; a daemon that dies closes the connection
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &forever, sizeof forever);
    err_t err = read_line(fd, REPLY_MAX, &line);
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
