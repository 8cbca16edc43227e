// SPDX-License-Identifier: Apache-2.0
// Each test plays the person at a pseudo-terminal whose other side asks, in a process of its own.
#include "base/terminal.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/seal.h"
#include "base/secret.h"
#include "tests/base/refusal.h"

#define LONGEST 20

// What the asking process says by its exit code.
enum said { SAID_EXPECTED = 40, SAID_OTHER, SAID_INPUT, SAID_TOO_LARGE, SAID_UNAVAILABLE };

static void start(void) {
    assert_ok(secret_start());
}

TestSuite(terminal, .init = start, .timeout = 20);

struct person {
    int terminal;
    pid_t asking;
    struct buf seen;
};

static int say(err_t err, const uint8_t *answer, size_t len) {
    if (err != OK) {
        return err == ERR_INPUT ? SAID_INPUT : err == ERR_TOO_LARGE ? SAID_TOO_LARGE : SAID_UNAVAILABLE;
    }
    return bytes_equal(bytes_of(answer, len), bytes_str("open sesame")) ? SAID_EXPECTED : SAID_OTHER;
}

static int ask(void) {
    uint8_t *answer = NULL;
    size_t len = 0;
    err_t err = terminal_ask_hidden("Passphrase: ", LONGEST, &answer, &len);
    int said = say(err, answer, len);
    secret_free(answer);
    return said;
}

static int ask_for_a_new_one(void) {
    uint8_t *answer = NULL;
    size_t len = 0;
    err_t err = seal_passphrase(NULL, "Passphrase: ", true, &answer, &len);
    int said = say(err, answer, len);
    secret_free(answer);
    return said;
}

static struct person sit_down(int (*asks)(void)) {
    struct person person = {0};
    person.asking = forkpty(&person.terminal, NULL, NULL, NULL);
    if (person.asking == 0) {
        (void)signal(SIGINT, SIG_DFL); // a shell's background job ignores both
        (void)signal(SIGQUIT, SIG_DFL);
        _exit(asks());
    }
    cr_assert_gt(person.asking, 0);
    return person;
}

static void wait_for(struct person *person, const char *text) {
    while (strstr(buf_str(&person->seen), text) == NULL) {
        char byte = 0;
        cr_assert_eq(read(person->terminal, &byte, 1), 1, "the terminal shows no \"%s\"", text);
        buf_put(&person->seen, &byte, 1);
    }
}

static void type(const struct person *person, const char *text) {
    cr_assert_eq(write(person->terminal, text, strlen(text)), (ssize_t)strlen(text));
}

static bool shows_what_is_typed(const struct person *person) {
    struct termios state;
    cr_assert_eq(tcgetattr(person->terminal, &state), 0);
    return (state.c_lflag & ECHO) != 0;
}

// The exit code of the asking process, or minus the signal that ended it; what it still shows is read first.
static int stand_up(struct person *person) {
    int status = 0;
    char byte = 0;
    while (read(person->terminal, &byte, 1) == 1) {
        buf_put(&person->seen, &byte, 1);
    }
    cr_assert_eq(waitpid(person->asking, &status, 0), person->asking);
    close(person->terminal);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

Test(terminal, an_answer_is_read_and_not_shown) {
    struct person person = sit_down(ask);
    wait_for(&person, "Passphrase: ");
    cr_assert_not(shows_what_is_typed(&person));
    type(&person, "open sesame\n");
    cr_assert_eq(stand_up(&person), SAID_EXPECTED);
    cr_assert_null(strstr(buf_str(&person.seen), "sesame"));
    buf_free(&person.seen);
}

Test(terminal, an_answer_has_its_bound) {
    struct person person = sit_down(ask);
    wait_for(&person, "Passphrase: ");
    type(&person, "123456789012345678901\n");
    cr_assert_eq(stand_up(&person), SAID_TOO_LARGE);
    buf_free(&person.seen);
}

Test(terminal, the_end_of_the_input_is_no_answer) {
    struct person person = sit_down(ask);
    wait_for(&person, "Passphrase: ");
    type(&person, "\x04");
    cr_assert_eq(stand_up(&person), SAID_UNAVAILABLE);
    buf_free(&person.seen);
}

// The terminal is looked at by a second descriptor, which keeps it after the process has died.
static void assert_shown_again_after(const char *key, int expected) {
    struct person person = sit_down(ask);
    wait_for(&person, "Passphrase: ");
    int other_side = open(ptsname(person.terminal), O_RDWR | O_NOCTTY);
    cr_assert_geq(other_side, 0);
    cr_assert_not(shows_what_is_typed(&person));
    type(&person, key);
    int status = 0;
    cr_assert_eq(waitpid(person.asking, &status, 0), person.asking);
    cr_assert(WIFSIGNALED(status), "status %x", (unsigned)status);
    cr_assert_eq(WTERMSIG(status), expected);
    cr_assert(shows_what_is_typed(&person));
    close(other_side);
    close(person.terminal);
    buf_free(&person.seen);
}

Test(terminal, an_interrupt_restores_the_terminal) {
    assert_shown_again_after("open\x03", SIGINT);
}

Test(terminal, a_quit_restores_the_terminal) {
    assert_shown_again_after("open\x1c", SIGQUIT);
}

static int ask_with_signals_blocked(void) {
    sigset_t all;
    sigfillset(&all);
    return sigprocmask(SIG_SETMASK, &all, NULL) == 0 ? ask() : -1;
}

// A library blocks them in its threads while it opens a scheme; who sits at the terminal must still get out.
Test(terminal, an_interrupt_gets_through_where_the_caller_blocks_it) {
    struct person person = sit_down(ask_with_signals_blocked);
    int status = 0;
    wait_for(&person, "Passphrase: ");
    type(&person, "open\x03");
    cr_assert_eq(waitpid(person.asking, &status, 0), person.asking);
    cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT, "status %x", (unsigned)status);
    close(person.terminal);
    buf_free(&person.seen);
}

static int ask_without_terminal(void) {
    return setsid() < 0 ? -1 : ask();
}

Test(terminal, there_may_be_none) {
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        _exit(ask_without_terminal());
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status));
    cr_assert_eq(WEXITSTATUS(status), SAID_UNAVAILABLE);
}

Test(terminal, a_new_passphrase_is_asked_for_twice) {
    struct person person = sit_down(ask_for_a_new_one);
    wait_for(&person, "Passphrase: ");
    type(&person, "open sesame\n");
    wait_for(&person, "Once more: ");
    type(&person, "open sesame\n");
    cr_assert_eq(stand_up(&person), SAID_EXPECTED);
    buf_free(&person.seen);
}

Test(terminal, two_different_passphrases_are_refused) {
    struct person person = sit_down(ask_for_a_new_one);
    wait_for(&person, "Passphrase: ");
    type(&person, "open sesame\n");
    wait_for(&person, "Once more: ");
    type(&person, "open sesamf\n");
    cr_assert_eq(stand_up(&person), SAID_INPUT);
    buf_free(&person.seen);
}

Test(terminal, an_empty_passphrase_is_refused) {
    struct person person = sit_down(ask_for_a_new_one);
    wait_for(&person, "Passphrase: ");
    type(&person, "\n");
    cr_assert_eq(stand_up(&person), SAID_INPUT);
    buf_free(&person.seen);
}
