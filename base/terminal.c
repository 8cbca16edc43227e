// SPDX-License-Identifier: Apache-2.0
#include "base/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/secret.h"

static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
#define ENDING_COUNT (sizeof ending / sizeof ending[0])

static volatile sig_atomic_t caught; // the signal that came while the terminal was silent

static void on_signal(int number) {
    caught = number;
}

struct saved_signals {
    struct sigaction actions[ENDING_COUNT];
    sigset_t mask;
};

// Without SA_RESTART, so that a signal ends the read; and let through, where the caller has them blocked.
static void catch_signals(struct saved_signals *saved) {
    struct sigaction action = {.sa_handler = on_signal};
    sigset_t through;
    (void)sigemptyset(&action.sa_mask);
    (void)sigemptyset(&through);
    caught = 0;
    for (size_t i = 0; i < ENDING_COUNT; i++) {
        (void)sigaction(ending[i], &action, &saved->actions[i]);
        (void)sigaddset(&through, ending[i]);
    }
    (void)pthread_sigmask(SIG_UNBLOCK, &through, &saved->mask);
}

static void release_signals(const struct saved_signals *saved) {
    for (size_t i = 0; i < ENDING_COUNT; i++) {
        (void)sigaction(ending[i], &saved->actions[i], NULL);
    }
    if (caught != 0) {
        (void)raise(caught);
    }
    (void)pthread_sigmask(SIG_SETMASK, &saved->mask, NULL);
}

static void say(int tty, const char *text) {
    ssize_t ignored = write(tty, text, strlen(text));
    (void)ignored;
}

// `out` holds max + 1 bytes; the newline is read too, and dropped.
static err_t read_line(int tty, size_t max, uint8_t *out, size_t *out_len) {
    size_t len = 0;
    while (caught == 0) {
        ssize_t got = read(tty, out + len, 1);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            break;
        }
        if (out[len] == '\n') {
            out[len] = '\0';
            *out_len = len;
            return OK;
        }
        if (len == max) {
            return err_set(ERR_TOO_LARGE, "the answer is longer than %zu bytes", max);
        }
        len++;
    }
    return err_set(ERR_UNAVAILABLE, "no answer from the terminal");
}

// TCSAFLUSH drops what was typed before the question, and what is left of an answer that is too long.
static err_t ask_silently(int tty, const char *prompt, size_t max, uint8_t *out, size_t *out_len) {
    struct termios before;
    struct saved_signals saved;
    if (tcgetattr(tty, &before) != 0) {
        return err_set(ERR_UNAVAILABLE, "the terminal cannot be silenced: %s", strerror(errno));
    }
    struct termios silent = before;
    silent.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
    silent.c_lflag |= ICANON | ISIG;
    catch_signals(&saved);
    err_t err = tcsetattr(tty, TCSAFLUSH, &silent) != 0
                    ? err_set(ERR_UNAVAILABLE, "the terminal cannot be silenced: %s", strerror(errno))
                    : OK;
    if (err == OK) {
        say(tty, prompt);
        err = read_line(tty, max, out, out_len);
        say(tty, "\n");
        (void)tcsetattr(tty, TCSAFLUSH, &before);
    }
    release_signals(&saved);
    return err;
}

err_t terminal_ask_hidden(const char *prompt, size_t max, uint8_t **out, size_t *out_len) {
    int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (tty < 0) {
        return err_set(ERR_UNAVAILABLE, "there is no terminal to ask on; give a file instead");
    }
    uint8_t *answer = secret_new(max + 1);
    err_t err = answer == NULL ? err_set(ERR_MEMORY, "no memory that can be locked") : OK;
    if (err == OK) {
        err = ask_silently(tty, prompt, max, answer, out_len);
    }
    if (err == OK) {
        *out = answer;
    } else {
        secret_free(answer);
    }
    (void)close(tty);
    return err;
}
