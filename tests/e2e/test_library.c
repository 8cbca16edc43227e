// SPDX-License-Identifier: Apache-2.0
// libsignpost as a program sees it: the shared library over real daemons, beside the command.
#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/signpost.h"
#include "tests/support/house.h"

#define AMELIA "case-1,Amelia Rose,Featherstone,2016-04-21,9990000115,"
static const struct signpost_details amelia = {
    .forenames = "Amelia Rose", .surname = "Featherstone", .date_of_birth = "21/4/2016", .nhs_number = "999 000 0115"};
static const struct signpost_details amelia_by_ear = {
    .forenames = "Amelia", .surname = "Fetherstone", .date_of_birth = "2016-04-21"};
static const struct signpost_details stranger = {
    .forenames = "Oluwaseun", .surname = "Adeyemi", .date_of_birth = "2013-11-02", .nhs_number = "9990000220"};
static const struct signpost_question assessment = {.purpose = "assessment"};

static struct house house;

static void open_house(void) {
    house_open(&house);
}

static void close_house(void) {
    house_close(&house);
}

TestSuite(library, .init = open_house, .fini = close_house);

static struct signpost *open_as(const char *client) {
    struct signpost *scheme = NULL;
    char path[512];
    snprintf(path, sizeof path, "%s/%s.ini", house.dir, client);
    cr_assert_eq(signpost_open(path, &scheme), SIGNPOST_OK, "%s", signpost_reason());
    cr_assert_str_empty(signpost_reason());
    return scheme;
}

static struct signpost_child child_of(const struct signpost_details *details, const char *ref) {
    return (struct signpost_child){.details = *details, .ref = ref};
}

static void expect(struct signpost *scheme, const struct signpost_details *details, enum signpost_answer answer) {
    struct signpost_child child = child_of(details, NULL);
    struct signpost_reply reply;
    enum signpost_problem problem = signpost_ask(scheme, &assessment, &child, 1, &reply);
    cr_assert_eq(problem, reply.problem);
    cr_assert_eq(problem == SIGNPOST_OK, answer != SIGNPOST_NOT_ANSWERED, "%s", reply.reason);
    cr_assert_eq(reply.answer, answer, "%s: %s", signpost_answer_text(reply.answer), reply.reason);
    cr_assert_str_eq(signpost_reason(), problem == SIGNPOST_OK ? "" : reply.reason);
}

typedef enum signpost_problem (*change_call)(struct signpost *, const struct signpost_child *, size_t,
                                             struct signpost_result *);

static void change_and_expect(change_call call, struct signpost *scheme, struct signpost_child child,
                              enum signpost_change change) {
    struct signpost_result result;
    enum signpost_problem problem = call(scheme, &child, 1, &result);
    cr_assert_eq(result.change, change, "%s: %s", signpost_change_text(result.change), result.reason);
    cr_assert_eq(problem == SIGNPOST_OK, change != SIGNPOST_NOT_DONE, "%s", result.reason);
}

static enum signpost_problem open_one(struct signpost *scheme, const struct signpost_child *children, size_t count,
                                      struct signpost_result *results) {
    return signpost_register(scheme, NULL, children, count, results);
}

Test(library, gives_the_answers_of_the_command_and_the_command_gives_its_answers) {
    struct signpost *north = open_as("north"), *south = open_as("south"), *jo = open_as("jo");
    cr_assert_eq(house_change(&house, "register", "north", AMELIA), 0);
    expect(south, &amelia, SIGNPOST_YES);
    expect(jo, &amelia, SIGNPOST_YES);
    expect(south, &amelia_by_ear, SIGNPOST_POSSIBLY);
    expect(south, &stranger, SIGNPOST_NO);
    expect(north, &amelia, SIGNPOST_NO);
    change_and_expect(signpost_close, north, child_of(&amelia, "case-1"), SIGNPOST_CLOSED); // what the command opened
    house_expect(&house, "south", AMELIA, "previously");
    expect(south, &amelia, SIGNPOST_PREVIOUSLY);
    signpost_free(jo);
    signpost_free(south);
    signpost_free(north);
}

Test(library, changes_may_be_repeated_and_say_what_they_did) {
    struct signpost *north = open_as("north"), *south = open_as("south");
    change_and_expect(open_one, north, child_of(&amelia, "case-1"), SIGNPOST_OPENED);
    change_and_expect(open_one, north, child_of(&amelia, "case-1"), SIGNPOST_UNCHANGED);
    expect(south, &amelia, SIGNPOST_YES);
    change_and_expect(signpost_close, north, child_of(&amelia, "case-1"), SIGNPOST_CLOSED);
    change_and_expect(signpost_withdraw, north, child_of(&amelia, "case-1"), SIGNPOST_WITHDRAWN);
    expect(south, &amelia, SIGNPOST_NO);
    struct signpost_child ended = child_of(&amelia, "case-2"), quiet = child_of(&stranger, "case-3");
    ended.previous = true;
    quiet.quiet = true;
    change_and_expect(open_one, north, ended, SIGNPOST_OPENED);
    change_and_expect(open_one, north, quiet, SIGNPOST_OPENED);
    expect(south, &amelia, SIGNPOST_PREVIOUSLY);
    expect(south, &stranger, SIGNPOST_NO);
    signpost_free(south);
    signpost_free(north);
}

Test(library, a_replacement_moves_the_record_and_one_without_a_record_is_not_done) {
    struct signpost *north = open_as("north"), *south = open_as("south");
    struct signpost_child now = child_of(&stranger, "case-1"), was = child_of(&amelia, NULL);
    struct signpost_result result;
    cr_assert_eq(signpost_replace(north, &now, &was, 1, &result), SIGNPOST_NO_RECORD);
    cr_assert_eq(result.change, SIGNPOST_NOT_DONE);
    cr_assert_eq(result.problem, SIGNPOST_NO_RECORD);
    cr_assert_str_eq(signpost_reason(), result.reason);
    change_and_expect(open_one, north, child_of(&amelia, "case-1"), SIGNPOST_OPENED);
    cr_assert_eq(signpost_replace(north, &now, &was, 1, &result), SIGNPOST_OK, "%s", result.reason);
    cr_assert_eq(result.change, SIGNPOST_REPLACED);
    expect(south, &amelia, SIGNPOST_NO);
    expect(south, &stranger, SIGNPOST_YES);
    struct signpost_child nobody = child_of(&(struct signpost_details){.surname = "Adeyemi"}, NULL);
    cr_assert_eq(signpost_replace(north, &now, &nobody, 1, &result), SIGNPOST_DETAILS);
    cr_assert_eq(signpost_replace(north, &nobody, &now, 1, &result), SIGNPOST_DETAILS);
    cr_assert_not_null(strstr(result.reason, "ref"), "%s", result.reason);
    signpost_free(south);
    signpost_free(north);
}

Test(library, a_registration_answers_in_its_own_transaction) {
    struct signpost *north = open_as("north"), *south = open_as("south");
    const struct signpost_question question = {.purpose = "caseload", .on_behalf_of = "sam"};
    struct signpost_child children[] = {child_of(&amelia, "case-1"), child_of(&stranger, "case-2")};
    struct signpost_result results[2];
    cr_assert_eq(signpost_register(north, &question, children, 1, results), SIGNPOST_OK, "%s", signpost_reason());
    cr_assert_eq(results[0].reply.answer, SIGNPOST_NO);
    cr_assert_eq(signpost_register(south, &question, children, 2, results), SIGNPOST_OK, "%s", signpost_reason());
    cr_assert_eq(results[0].change, SIGNPOST_OPENED);
    cr_assert_eq(results[0].reply.answer, SIGNPOST_YES);
    cr_assert_eq(results[1].reply.answer, SIGNPOST_NO);
    cr_assert_eq(strlen(results[0].reply.reference), SIGNPOST_REFERENCE_SIZE - 1);
    cr_assert_eq(signpost_register(south, NULL, children, 1, results), SIGNPOST_OK);
    cr_assert_eq(results[0].reply.answer, SIGNPOST_NOT_ANSWERED); // nothing was asked
    signpost_free(south);
    signpost_free(north);
}

Test(library, every_child_of_a_batch_has_its_own_answer_and_a_wrong_one_is_never_a_no) {
    struct signpost *south = open_as("south");
    cr_assert_eq(house_change(&house, "register", "north", AMELIA), 0);
    struct signpost_details wrong_digit = stranger, digit_alone = {.nhs_number = "9990000221"};
    wrong_digit.nhs_number = "9990000221";
    struct signpost_child children[] = {
        child_of(&stranger, NULL), child_of(&digit_alone, NULL), child_of(&amelia, NULL),
        child_of(&(struct signpost_details){.forenames = "Amelia"}, NULL), child_of(&wrong_digit, NULL)};
    struct signpost_reply replies[5];
    cr_assert_eq(signpost_ask(south, &assessment, children, 5, replies), SIGNPOST_DETAILS);
    cr_assert_str_eq(signpost_reason(), replies[1].reason);
    cr_assert_eq(replies[0].answer, SIGNPOST_NO);
    cr_assert_str_empty(replies[0].reason);
    cr_assert_not(replies[0].without_identifier);
    cr_assert_eq(replies[1].answer, SIGNPOST_NOT_ANSWERED);
    cr_assert_eq(replies[1].problem, SIGNPOST_DETAILS);
    cr_assert_not_null(strstr(replies[1].reason, "nhs_number"), "%s", replies[1].reason);
    cr_assert_null(strstr(replies[1].reason, "9990000221"));
    cr_assert_eq(replies[2].answer, SIGNPOST_YES);
    cr_assert_eq(replies[3].answer, SIGNPOST_NOT_ANSWERED);
    cr_assert_not_null(strstr(replies[3].reason, "too few details"), "%s", replies[3].reason);
    cr_assert_eq(replies[4].answer, SIGNPOST_NO);
    cr_assert_not_null(strstr(replies[4].reason, "nhs_number set aside"), "%s", replies[4].reason);
    cr_assert(replies[4].without_identifier);
    cr_assert_str_eq(replies[0].reference, replies[4].reference);
    cr_assert_gt(replies[0].answered_at, 1700000000);
    signpost_free(south);
}

Test(library, a_child_is_found_by_an_alias_and_an_alias_that_cannot_be_asked_leaves_no_no) {
    struct signpost *south = open_as("south"), *north = open_as("north");
    cr_assert_eq(house_change(&house, "register", "north", AMELIA), 0);
    struct signpost_details now = {.forenames = "Rose", .surname = "Featherstone-Brown", .date_of_birth = "2016-04-21"};
    const struct signpost_details before = {.forenames = "Amelia Rose", .surname = "Featherstone"};
    const struct signpost_details other_child = {.date_of_birth = "2001-01-02"};
    struct signpost_child child = {.details = now, .ref = "case-7"};
    struct signpost_reply reply;
    expect(south, &now, SIGNPOST_NO);
    child.aliases = &before;
    child.alias_count = 1;
    cr_assert_eq(signpost_ask(south, &assessment, &child, 1, &reply), SIGNPOST_OK, "%s", reply.reason);
    cr_assert_eq(reply.answer, SIGNPOST_YES);
    child.aliases = &other_child;
    cr_assert_eq(signpost_ask(south, &assessment, &child, 1, &reply), SIGNPOST_DETAILS);
    cr_assert_eq(reply.answer, SIGNPOST_NOT_ANSWERED);
    cr_assert_not_null(strstr(reply.reason, "alias 1: shares neither"), "%s", reply.reason);
    change_and_expect(open_one, north, child, SIGNPOST_NOT_DONE);
    expect(south, &now, SIGNPOST_NO); // nothing of it was registered
    child.alias_count = SIGNPOST_ALIASES_MAX + 1;
    cr_assert_eq(signpost_ask(south, &assessment, &child, 1, &reply), SIGNPOST_DETAILS);
    signpost_free(north);
    signpost_free(south);
}

Test(library, asks_about_more_children_than_one_request_holds) {
    enum { COUNT = 600 };
    static char surnames[COUNT][16];
    static struct signpost_child children[COUNT];
    static struct signpost_reply replies[COUNT];
    struct signpost *south = open_as("south");
    for (size_t i = 0; i < COUNT; i++) {
        snprintf(surnames[i], sizeof surnames[i], "Q%c%c%c", (char)('a' + i % 26), (char)('a' + i / 26), 'z');
        children[i].details =
            (struct signpost_details){.forenames = "Zebedee", .surname = surnames[i], .date_of_birth = "2011-12-13"};
    }
    children[COUNT - 1] = child_of(&amelia, NULL);
    cr_assert_eq(house_change(&house, "register", "north", AMELIA), 0);
    cr_assert_eq(signpost_ask(south, &assessment, children, COUNT, replies), SIGNPOST_OK, "%s", signpost_reason());
    for (size_t i = 0; i < COUNT; i++) {
        cr_assert_eq(replies[i].answer, i == COUNT - 1 ? SIGNPOST_YES : SIGNPOST_NO, "child %zu", i);
    }
    cr_assert_eq(signpost_ask(south, &assessment, NULL, 0, NULL), SIGNPOST_OK);
    signpost_free(south);
}

static char logged[4096];

static void keep_line(void *context, const char *message) {
    (void)context;
    strncat(logged, message, sizeof logged - strlen(logged) - 1);
}

static void stop_holder(int holder) {
    cr_assert_eq(daemon_stop(&house.holders[holder - 1], SIGTERM), 0);
    house_connect(&house);
}

Test(library, goes_on_without_one_key_holder_and_tells_the_log_and_not_without_two) {
    signpost_set_log(keep_line, NULL);
    struct signpost *south = open_as("south");
    cr_assert_eq(house_change(&house, "register", "north", AMELIA), 0);
    expect(south, &amelia, SIGNPOST_YES);
    stop_holder(1);
    for (int i = 0; i < 3; i++) { // each holder is asked first in one of three
        expect(south, &amelia, SIGNPOST_YES);
        signpost_free(south);
        south = open_as("south");
    }
    stop_holder(2);
    expect(south, &amelia, SIGNPOST_NOT_ANSWERED);
    cr_assert_not_null(strstr(logged, "left out"), "the log has: %s", logged);
    struct signpost_child child = child_of(&amelia, "case-1");
    struct signpost_reply reply;
    cr_assert_eq(signpost_ask(south, &assessment, &child, 1, &reply), SIGNPOST_HOLDERS);
    house_start_holder(&house, 1);
    expect(south, &amelia, SIGNPOST_YES); // the present configuration was read again
    signpost_free(south);
}

Test(library, what_fails_says_that_it_is_not_a_no_and_works_again_when_the_index_is_back) {
    struct signpost *south = open_as("south");
    struct signpost_child child = child_of(&stranger, NULL);
    struct signpost_reply reply;
    char message[1024];
    signal(SIGPIPE, SIG_DFL); // a connection that was closed must not end the program
    expect(south, &stranger, SIGNPOST_NO);
    cr_assert_eq(daemon_stop(&house.index, SIGTERM), 0);
    cr_assert_eq(signpost_ask(south, &assessment, &child, 1, &reply), SIGNPOST_INDEX);
    cr_assert_eq(reply.answer, SIGNPOST_NOT_ANSWERED);
    cr_assert_str_empty(reply.reference);
    cr_assert_gt(signpost_message(&reply, message, sizeof message), 40);
    cr_assert_eq(strncmp(message, "COULD NOT BE ANSWERED. This is not a no. The index", 50), 0, "%s", message);
    change_and_expect(signpost_close, south, child_of(&stranger, "case-1"), SIGNPOST_NOT_DONE);
    struct signpost_identity who;
    cr_assert_eq(signpost_whoami(south, &who), SIGNPOST_INDEX);
    house_start_index(&house);
    expect(south, &stranger, SIGNPOST_NO);
    cr_assert_eq(signpost_whoami(south, &who), SIGNPOST_OK);
    signpost_free(south);
}

Test(library, a_call_that_finds_the_scheme_moved_on_is_made_once_more) {
    struct signpost *south = open_as("south");
    expect(south, &stranger, SIGNPOST_NO);
    cr_assert_eq(daemon_stop(&house.index, SIGTERM), 0);
    house_start_index(&house); // elsewhere, as the configuration says by now
    expect(south, &stranger, SIGNPOST_NO);
    cr_assert_eq(daemon_stop(&house.index, SIGTERM), 0);
    house_start_index(&house);
    change_and_expect(open_one, south, child_of(&stranger, "case-1"), SIGNPOST_OPENED);
    cr_assert_eq(daemon_stop(&house.index, SIGTERM), 0);
    house_start_index(&house);
    struct signpost_identity who;
    cr_assert_eq(signpost_whoami(south, &who), SIGNPOST_OK, "%s", signpost_reason());
    signpost_free(south);
}

Test(library, a_failed_registration_with_a_question_has_no_answer_either) {
    struct signpost *south = open_as("south");
    struct signpost_child child = child_of(&stranger, "case-1");
    struct signpost_result result;
    cr_assert_eq(daemon_stop(&house.index, SIGTERM), 0);
    cr_assert_eq(signpost_register(south, &assessment, &child, 1, &result), SIGNPOST_INDEX);
    cr_assert_eq(result.change, SIGNPOST_NOT_DONE);
    cr_assert_eq(result.reply.answer, SIGNPOST_NOT_ANSWERED);
    cr_assert_eq(result.reply.problem, SIGNPOST_INDEX);
    cr_assert_str_not_empty(result.reply.reason);
    signpost_free(south);
}

Test(library, nothing_is_sent_once_the_time_for_a_call_is_over) {
    struct signpost *south = open_as("south");
    struct signpost_child child = child_of(&stranger, NULL);
    struct signpost_reply reply;
    signpost_set_deadline(south, 1); // less than a handshake takes
    cr_assert_eq(signpost_ask(south, &assessment, &child, 1, &reply) == SIGNPOST_OK, false);
    cr_assert_eq(reply.answer, SIGNPOST_NOT_ANSWERED);
    cr_assert_not_null(strstr(reply.reason, "the time for this call was over"), "%s", reply.reason);
    signpost_set_deadline(south, 0);
    expect(south, &stranger, SIGNPOST_NO);
    signpost_free(south);
}

static void refuse_question(struct signpost *scheme, const struct signpost_question *question) {
    struct signpost_child child = child_of(&stranger, "case-1");
    struct signpost_reply reply = {.answer = SIGNPOST_NO};
    struct signpost_result result = {.change = SIGNPOST_OPENED};
    cr_assert_eq(signpost_ask(scheme, question, &child, 1, &reply), SIGNPOST_MISUSE);
    cr_assert_eq(reply.answer, SIGNPOST_NOT_ANSWERED);
    cr_assert_eq(reply.problem, SIGNPOST_MISUSE);
    cr_assert_str_not_empty(reply.reason);
    if (question != NULL) {
        cr_assert_eq(signpost_register(scheme, question, &child, 1, &result), SIGNPOST_MISUSE);
        cr_assert_eq(result.change, SIGNPOST_NOT_DONE);
        cr_assert_eq(result.reply.answer, SIGNPOST_NOT_ANSWERED);
    }
}

Test(library, a_call_that_cannot_work_says_so_and_answers_nothing) {
    struct signpost *south = open_as("south");
    struct signpost_child child = child_of(&stranger, "case-1");
    struct signpost_result result = {.change = SIGNPOST_OPENED};
    refuse_question(south, NULL);
    refuse_question(south, &(struct signpost_question){.purpose = "curiosity"});
    refuse_question(south, &(struct signpost_question){.purpose = "canary"});
    refuse_question(south, &(struct signpost_question){.purpose = NULL}); // and none in the configuration
    refuse_question(south, &(struct signpost_question){.purpose = "assessment", .on_behalf_of = "J Smith"});
    refuse_question(NULL, &assessment);
    cr_assert_eq(signpost_ask(south, &assessment, &child, 1, NULL), SIGNPOST_MISUSE);
    cr_assert_eq(signpost_close(south, &child, 1, NULL), SIGNPOST_MISUSE);
    cr_assert_eq(signpost_replace(south, &child, NULL, 1, &result), SIGNPOST_MISUSE);
    cr_assert_eq(result.change, SIGNPOST_NOT_DONE);
    cr_assert_eq(signpost_whoami(south, NULL), SIGNPOST_MISUSE);
    child.ref = NULL;
    change_and_expect(signpost_close, south, child, SIGNPOST_NOT_DONE);
    signpost_free(south);
    signpost_free(NULL);
}

static char *path_of(const char *name) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", house.dir, name);
    return strdup(path);
}

static void refuse_open(const char *name, enum signpost_problem problem, const char *words) {
    struct signpost *scheme = NULL;
    char *path = path_of(name);
    cr_assert_eq(signpost_open(path, &scheme), problem, "%s", signpost_reason());
    cr_assert_null(scheme);
    cr_assert_not_null(strstr(signpost_reason(), words), "%s", signpost_reason());
    free(path);
}

Test(library, opens_nothing_over_files_that_cannot_be_used) {
    char *key = path_of("south.key");
    refuse_open("nowhere.ini", SIGNPOST_SETUP, "nowhere.ini");
    house_write(&house, "wrong.ini", "colour = green\n");
    refuse_open("wrong.ini", SIGNPOST_SETUP, "wrong.ini");
    cr_assert_eq(chmod(key, 0644), 0);
    refuse_open("south.ini", SIGNPOST_SETUP, "south.key");
    cr_assert_eq(signpost_open(NULL, NULL), SIGNPOST_MISUSE);
    free(key);
}

Test(library, opens_by_settings_alone_and_refuses_incomplete_ones) {
    char *ini = house_read(&house, "south.ini"), *map = strstr(ini, "connect_to = ");
    cr_assert_not_null(map);
    map[strcspn(map, "\n")] = '\0';
    struct signpost_settings settings = {.descriptor = path_of("authority/descriptor"),
                                         .trust = path_of("authority/trust"),
                                         .ca = path_of("authority/ca.crt"),
                                         .certificate = path_of("south.crt"),
                                         .key = path_of("south.key"),
                                         .state = path_of("state-south"),
                                         .connect_to = map + strlen("connect_to = ")};
    struct signpost *scheme = NULL;
    cr_assert_eq(signpost_open_with(&settings, &scheme), SIGNPOST_OK, "%s", signpost_reason());
    expect(scheme, &stranger, SIGNPOST_NO);
    change_and_expect(open_one, scheme, child_of(&stranger, "case-1"), SIGNPOST_NOT_DONE); // without a handle key
    signpost_free(scheme);
    scheme = NULL;
    settings.timeout_ms = 99;
    cr_assert_eq(signpost_open_with(&settings, &scheme), SIGNPOST_MISUSE);
    settings.timeout_ms = 0;
    const char *trust = settings.trust;
    settings.trust = NULL;
    cr_assert_eq(signpost_open_with(&settings, &scheme), SIGNPOST_MISUSE);
    cr_assert_eq(signpost_open_with(NULL, &scheme), SIGNPOST_MISUSE);
    cr_assert_null(scheme);
    const char *const texts[] = {settings.descriptor,  trust,        settings.ca,
                                 settings.certificate, settings.key, settings.state};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        free((char *)(uintptr_t)texts[i]);
    }
    free(ini);
}

Test(library, tells_as_whom_the_index_knows_the_program) {
    struct signpost *jo = open_as("jo");
    struct signpost_identity who;
    cr_assert_eq(signpost_whoami(jo, &who), SIGNPOST_OK, "%s", signpost_reason());
    cr_assert_str_eq(who.identity, "urn:signpost:demo:agency:south:person:jo");
    cr_assert_str_eq(who.roles, "practitioner");
    cr_assert_gt(who.certificate_expires, who.time);
    cr_assert_geq(who.roster_version, 1);
    signpost_free(jo);
}

static void *ask_often(void *arg) {
    struct signpost *scheme = open_as(arg);
    for (int i = 0; i < 5; i++) {
        expect(scheme, &amelia, SIGNPOST_YES);
    }
    signpost_free(scheme);
    return NULL;
}

Test(library, two_threads_ask_side_by_side_each_with_its_own) {
    pthread_t threads[2];
    static char names[2][8] = {"south", "jo"};
    cr_assert_eq(house_change(&house, "register", "north", AMELIA), 0);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(pthread_create(&threads[i], NULL, ask_often, names[i]), 0);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
}

// The signals that a thread of this process has blocked.
static unsigned long long blocked_by(const char *thread) {
    char path[300], line[256];
    unsigned long long mask = 0;
    snprintf(path, sizeof path, "/proc/self/task/%s/status", thread);
    FILE *status = fopen(path, "r");
    while (status && fgets(line, sizeof line, status)) {
        (void)sscanf(line, "SigBlk: %llx", &mask);
    }
    if (status) {
        fclose(status);
    }
    return mask;
}

Test(library, its_threads_take_no_signal_and_the_programs_own_are_left_alone) {
    char own[32];
    sigset_t mask;
    struct signpost *south = open_as("south");
    DIR *threads = opendir("/proc/self/task");
    snprintf(own, sizeof own, "%d", (int)getpid());
    for (struct dirent *entry; (entry = readdir(threads)) != NULL;) {
        if (entry->d_name[0] != '.' && strcmp(entry->d_name, own) != 0) {
            unsigned long long blocked = blocked_by(entry->d_name);
            cr_assert(blocked & 1ull << (SIGTERM - 1), "a thread takes SIGTERM");
            cr_assert(blocked & 1ull << (SIGALRM - 1), "a thread takes SIGALRM");
        }
    }
    closedir(threads);
    cr_assert_eq(pthread_sigmask(SIG_SETMASK, NULL, &mask), 0);
    cr_assert_eq(sigismember(&mask, SIGTERM), 0);
    signpost_free(south);
}

Test(library, prints_nothing_whatever_happens) {
    struct signpost *south = open_as("south"), *none = NULL;
    int out = dup(1), err = dup(2);
    char *path = path_of("printed");
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    fflush(NULL);
    dup2(file, 1);
    dup2(file, 2);
    struct signpost_child child = child_of(&amelia, NULL);
    struct signpost_reply replies[3];
    enum signpost_problem problems[3] = {signpost_ask(south, &assessment, &child, 1, &replies[0])};
    stop_holder(1);
    stop_holder(2);
    problems[1] = signpost_ask(south, &assessment, &child, 1, &replies[1]);
    problems[2] = signpost_open("/nowhere/signpost.ini", &none);
    fflush(NULL);
    off_t printed = lseek(file, 0, SEEK_END);
    dup2(out, 1);
    dup2(err, 2);
    close(out);
    close(err);
    close(file);
    free(path);
    cr_assert_eq(problems[0], SIGNPOST_OK);
    cr_assert_eq(problems[1], SIGNPOST_HOLDERS);
    cr_assert_eq(problems[2], SIGNPOST_SETUP);
    cr_assert_eq(printed, 0);
    signpost_free(south);
}

Test(library, has_words_for_everything_and_memory_that_nobody_filled_is_no_answer, .init = NULL, .fini = NULL) {
    struct signpost_reply reply = {0};
    char message[64];
    cr_assert_eq(signpost_abi_version(), SIGNPOST_ABI_VERSION);
    cr_assert_str_not_empty(signpost_version());
    for (unsigned problem = SIGNPOST_OK; problem <= SIGNPOST_NO_RECORD; problem++) {
        cr_assert_str_neq(signpost_problem_text((enum signpost_problem)problem), "an unknown problem");
    }
    cr_assert_str_eq(signpost_problem_text((enum signpost_problem)99), "an unknown problem");
    cr_assert_str_eq(signpost_answer_text(SIGNPOST_NO), "no");
    cr_assert_str_eq(signpost_answer_text(reply.answer), "could-not-be-answered");
    cr_assert_str_eq(signpost_answer_text((enum signpost_answer)99), "could-not-be-answered");
    cr_assert_str_eq(signpost_change_text((enum signpost_change)0), "not-done");
    cr_assert_geq(signpost_message(&reply, message, sizeof message), sizeof message); // cut, and says how long it is
    cr_assert_eq(strncmp(message, "COULD NOT BE ANSWERED. This is not a no. ", 41), 0, "%s", message);
    reply.answer = (enum signpost_answer)99;
    (void)signpost_message(&reply, message, sizeof message);
    cr_assert_eq(strncmp(message, "COULD NOT", 9), 0, "%s", message);
    reply = (struct signpost_reply){.answer = SIGNPOST_NO, .without_identifier = true};
    char whole[1024];
    (void)signpost_message(&reply, whole, sizeof whole);
    cr_assert_not_null(strstr(whole, "many are missed"), "%s", whole);
}

// Builds examples/ask.c against what `meson install` put into a folder, both ways, and asks with each.
Test(library, a_program_is_built_and_runs_against_what_is_installed) {
    const char *script = getenv("SIGNPOST_INSTALL_SCRIPT");
    if (!script) {
        cr_skip_test("skipped: SIGNPOST_INSTALL_SCRIPT names no script: run by `meson test`");
    }
    cr_assert_eq(house_change(&house, "register", "north", AMELIA), 0);
    const char *const argv[] = {script, house.dir, NULL};
    struct outcome built = process_run("/", argv, NULL);
    if (built.exit_code == 77) {
        cr_skip_test("%s", built.out);
    }
    cr_assert_eq(built.exit_code, 0, "%s%s", built.out, built.err);
    outcome_free(&built);
    static const char *const programs[] = {"ask-shared", "ask-static"};
    for (size_t i = 0; i < 2; i++) {
        char *program = path_of(programs[i]);
        const char *const ask[] = {program, "south.ini", NULL};
        struct outcome asked = process_run(house.dir, ask, "Amelia Rose\nFeatherstone\n2016-04-21\n9990000115\n");
        cr_assert_eq(asked.exit_code, 0, "%s: %s%s", program, asked.out, asked.err);
        cr_assert_eq(strncmp(asked.out, "yes\nYES. Another agency ", 24), 0, "%s", asked.out);
        outcome_free(&asked);
        asked = process_run(house.dir, ask, "Amelia Rose\n");
        cr_assert_eq(asked.exit_code, 2);
        cr_assert_eq(strncmp(asked.out, "could-not-be-answered\n", 22), 0, "%s", asked.out);
        outcome_free(&asked);
        free(program);
    }
}
