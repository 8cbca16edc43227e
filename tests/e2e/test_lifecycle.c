// SPDX-License-Identifier: Apache-2.0
// The life of the token key over real daemons and the real ceremony, while clients keep asking.
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/routes.h"
#include "tests/support/house.h"

#define LEO "case-1,Leo,Ramsbottom,2017-08-30,9990000115,"

static struct house house;

static void shell(const char *command) {
    const char *const argv[] = {"/bin/sh", "-ec", command, NULL};
    struct outcome outcome = process_run(house.dir, argv, NULL);
    cr_assert_eq(outcome.exit_code, 0, "%s: %s%s", command, outcome.out, outcome.err);
    outcome_free(&outcome);
}

// What is said at the ceremony: $C is the program, $A the authority's options.
static void ceremony(const char *commands) {
    char line[4096];
    snprintf(line, sizeof line,
             "C=%s/keys/ceremony/ceremony; A='--dir authority --passphrase-file authority.passphrase'; "
             "side() { echo --share authority/holder-$1/share.sealed --trust authority/trust --present in-force "
             "--passphrase-file holder-$1.passphrase; }; %s",
             getenv("SIGNPOST_BUILD"), commands);
    shell(line);
}

// Clients read the descriptor "in-force", so that the authority's new one comes to them when the test says so.
static void open_house(void) {
    house_open(&house);
    shell("cp authority/descriptor in-force; sed -i 's#authority/descriptor#in-force#' north.ini south.ini sam.ini");
    cr_assert_eq(house_change(&house, "register", "north", LEO), 0);
}

static void close_house(void) {
    house_close(&house);
}

TestSuite(lifecycle, .init = open_house, .fini = close_house);

// A client that asks again and again, from another thread; every answer but the expected one is a failure.
static struct {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t round;
    size_t rounds, wrong;
    bool stop;
    char first_wrong[512];
} asker = {.lock = PTHREAD_MUTEX_INITIALIZER, .round = PTHREAD_COND_INITIALIZER};

static void *ask_on(void *ctx) {
    (void)ctx;
    for (bool stop = false; !stop;) {
        struct outcome outcome = house_signpost(&house, "south", NULL, "ask", "--csv", "asker.csv", NULL);
        bool right = outcome.exit_code == 0 && strstr(outcome.out, "case-1,yes,") != NULL;
        (void)pthread_mutex_lock(&asker.lock);
        asker.rounds++;
        asker.wrong += right ? 0 : 1;
        if (!right && asker.first_wrong[0] == '\0') {
            snprintf(asker.first_wrong, sizeof asker.first_wrong, "%s%s", outcome.out, outcome.err);
        }
        stop = asker.stop;
        (void)pthread_cond_broadcast(&asker.round);
        (void)pthread_mutex_unlock(&asker.lock);
        outcome_free(&outcome);
    }
    return NULL;
}

static void asker_start(void) {
    house_write(&house, "asker.csv", "ref,forenames,surname,date_of_birth,nhs_number,upn\n" LEO "\n");
    cr_assert_eq(pthread_create(&asker.thread, NULL, ask_on, NULL), 0);
}

// Until a question that began after this call has been answered.
static void asker_wait(void) {
    (void)pthread_mutex_lock(&asker.lock);
    for (size_t until = asker.rounds + 2; asker.rounds < until;) {
        (void)pthread_cond_wait(&asker.round, &asker.lock);
    }
    (void)pthread_mutex_unlock(&asker.lock);
}

static void asker_stop(void) {
    (void)pthread_mutex_lock(&asker.lock);
    asker.stop = true;
    (void)pthread_mutex_unlock(&asker.lock);
    cr_assert_eq(pthread_join(asker.thread, NULL), 0);
    cr_expect_eq(asker.wrong, 0, "%zu of %zu answers were wrong or missing: %s", asker.wrong, asker.rounds,
                 asker.first_wrong);
}

static void restart_holder(int holder) {
    cr_assert_eq(daemon_stop(&house.holders[holder - 1], SIGTERM), 0);
    house_start_holder(&house, holder);
    asker_wait(); // it knows the new port before the next holder goes
}

static bool is_there(const char *name) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", house.dir, name);
    return access(path, F_OK) == 0;
}

// Whole requests, bounded in number, until the holder has done what a signal asked of it.
static bool goes_away(int holder, const char *name) {
    struct http_client *client = house_client(&house, "north");
    for (int round = 0; round < 20000 && is_there(name); round++) {
        struct http_exchange exchange = house_exchange(client, holder, ROUTE_WHOAMI, NULL);
        buf_free(&exchange.reply);
    }
    http_client_free(client);
    return !is_there(name);
}

static void contribute_and_combine(void) {
    ceremony("for i in 1 2 3; do $C inbox $(side $i) --kdf interactive; done;"
             "for i in 2 3; do $C contribute $(side $i) authority/holder-*/holder-*.inbox; done;"
             "$C refresh $A authority/holder-*/holder-*.contribution-*");
}

// The new key, its shares accepted by all; what clients and daemons read is not touched yet.
static void rotate_key(void) {
    ceremony("for i in 1 2 3; do $C inbox $(side $i) --kdf interactive; done;"
             "$C rotate $A authority/holder-*/holder-*.inbox;"
             "for i in 1 2 3; do $C accept $(side $i) --kdf interactive --descriptor authority/descriptor "
             "authority/shares-2; done");
}

// Gives up the key before in the descriptor that all but the index have.
static void end_rotation(void) {
    shell("cp authority/descriptor rotating");
    ceremony("$C redescribe $A --end-rotation;"
             "for i in 1 3; do $C cosign --share authority/holder-$i/share.sealed.next --trust authority/trust "
             "--present rotating --passphrase-file holder-$i.passphrase authority/descriptor; done");
}

static void accept_all(void) {
    ceremony("for i in 1 2 3; do $C accept $(side $i) --kdf interactive --descriptor authority/descriptor "
             "authority/holder-*/holder-*.contribution-*; done");
}

static void expect_check(const char *client, int exit_code, const char *words) {
    struct outcome outcome = house_signpost(&house, client, NULL, "check", NULL);
    cr_expect_eq(outcome.exit_code, exit_code, "%s", outcome.out);
    cr_expect_not_null(strstr(outcome.out, words), "\"%s\" is missing: %s", words, outcome.out);
    outcome_free(&outcome);
}

Test(lifecycle, a_refresh_is_never_noticed_by_who_asks) {
    asker_start();
    contribute_and_combine();
    accept_all();
    house_expect(&house, "jo", LEO, "yes"); // has the new descriptor before any holder has restarted
    restart_holder(1);
    house_expect(&house, "jo", LEO, "yes"); // one holder has both generations, two the one before
    restart_holder(3);
    house_expect(&house, "jo", LEO, "yes");
    restart_holder(2);
    daemon_signal(&house.index, SIGHUP);
    house_expect(&house, "jo", LEO, "yes");
    asker_wait();
    asker_stop(); // all the time by the old descriptor
    expect_check("south", 0, "version 1 of this machine works until ");
    cr_expect(is_there("authority/holder-1/share.sealed.next"), "the overlap is not over");
    // The overlap ends.
    shell("cp authority/descriptor generation-2");
    ceremony("$C redescribe $A --end-overlap;"
             "for i in 1 2; do $C cosign --share authority/holder-$i/share.sealed.next --trust authority/trust "
             "--present generation-2 --passphrase-file holder-$i.passphrase authority/descriptor; done");
    for (int holder = 1; holder <= HOUSE_HOLDERS; holder++) {
        char next[64];
        snprintf(next, sizeof next, "authority/holder-%d/share.sealed.next", holder);
        daemon_signal(&house.holders[holder - 1], SIGHUP);
        cr_expect(goes_away(holder, next), "holder %d keeps the share of generation 1", holder);
    }
    house_expect(&house, "jo", LEO, "yes");
    house_expect(&house, "south", LEO, "could-not-be-answered"); // the old descriptor, and never a no
    expect_check("south", 2, "PROBLEM  newer descriptor ");
    shell("cp authority/descriptor in-force");
    house_expect(&house, "south", LEO, "yes");
    cr_assert_eq(house_change(&house, "register", "south", LEO), 0);
    house_expect(&house, "sam", LEO, "yes");
}

#define MIA "case-2,Mia,Stonebridge,2015-02-11,9990000123,"
#define HEADER "ref,forenames,surname,date_of_birth,nhs_number,upn\n"

static void sync_caseload(const char *client, const char *rows, const char *says) {
    char name[64];
    snprintf(name, sizeof name, "%s-caseload.csv", client);
    house_write(&house, name, rows);
    struct outcome outcome = house_signpost(&house, client, NULL, "sync", "--allow-shrink", name, NULL);
    cr_assert_eq(outcome.exit_code, 0, "%s%s", outcome.out, outcome.err);
    cr_expect_not_null(strstr(outcome.out, says), "%s", outcome.out);
    outcome_free(&outcome);
}

static void hold(const char *client, const char *descriptor) {
    char command[256];
    snprintf(command, sizeof command, "sed -i 's#^descriptor = .*#descriptor = %s#' %s.ini", descriptor, client);
    shell(command);
}

// The index logs what it made of a reload.
static void reload_index(const char *says) {
    char command[256];
    daemon_signal(&house.index, SIGHUP);
    snprintf(command, sizeof command,
             "for i in $(seq 500); do grep -q '%s' index.log && exit 0; "
             "\"$SIGNPOST_BUILD/client/signpost\" --config jo.ini whoami >/dev/null 2>&1 || true; done; "
             "cat index.log; exit 1",
             says);
    shell(command);
}

#define KIT "case-3,Kit,Underhill,2014-05-06,9990000131,"
#define KIT_TYPED "Kit\nUnderhill\n2014-05-06\n9990000131\n\nn\n"

static struct outcome subject_access(const char *who, const char *tokens) {
    struct outcome outcome = house_signpost(&house, who, KIT_TYPED, "subject-access", "--out", tokens, NULL);
    cr_expect_eq(outcome.exit_code, 0, "%s%s", outcome.out, outcome.err);
    return outcome;
}

static struct outcome what_is_held(const char *tokens) {
    struct outcome outcome =
        house_run(&house, "indexd/indexctl", NULL, "subject-access", "--config", "index.ini", "--tokens", tokens,
                  "--reason", "letter", "--as", "dana.crt", "--key", "dana.key", NULL);
    cr_expect_eq(outcome.exit_code, 0, "%s", outcome.err);
    return outcome;
}

static void says(struct outcome outcome, bool there, const char *word) {
    bool found = strstr(outcome.out, word) != NULL || strstr(outcome.err, word) != NULL;
    cr_expect_eq(found, there, "\"%s%s\" %s \"%s\"", outcome.out, outcome.err, there ? "lacks" : "has", word);
    outcome_free(&outcome);
}

static void restart_holders(const char *meanwhile) {
    for (int holder = 1; holder <= HOUSE_HOLDERS; holder++) {
        cr_assert_eq(daemon_stop(&house.holders[holder - 1], SIGTERM), 0);
    }
    shell(meanwhile != NULL ? meanwhile : "true");
    for (int holder = 1; holder <= HOUSE_HOLDERS; holder++) {
        house_start_holder(&house, holder);
    }
}

// Who asked about Kit under the key that is now retired: found once the holders have loaded their retired shares.
static void find_what_was_asked_before(void) {
    says(subject_access("dana", "early.tokens"), true, "no tokens of epoch 1");
    says(what_is_held("early.tokens"), true, "Not searched: what was asked and recorded under the key of epoch 1.");
    says(what_is_held("early.tokens"), false, "for caseload: no");
    restart_holders(NULL);
    says(subject_access("jo", "jo.tokens"), true, "no tokens of epoch 1"); // no data-protection officer
    says(subject_access("dana", "dana.tokens"), false, "no tokens of epoch");
    says(what_is_held("dana.tokens"), true, "key epoch 2, 1,");
    says(what_is_held("dana.tokens"), false, "Not searched");
    says(what_is_held("dana.tokens"), true, "for caseload: no");
    restart_holders("for i in 1 2; do shred --remove authority/holder-$i/share.sealed.retired-1; done");
    says(subject_access("dana", "late.tokens"), true, "no tokens of epoch 1"); // one share is too few
    says(what_is_held("late.tokens"), true, "Not searched: what was asked and recorded under the key of epoch 1.");
}

Test(lifecycle, a_rotation_gives_right_answers_at_every_step) {
    hold("jo", "in-force");
    house_expect(&house, "jo", KIT, "no");
    sync_caseload("north", HEADER LEO "\n", "opened");
    sync_caseload("south", HEADER MIA "\n", "opened");
    rotate_key();
    for (int holder = 1; holder <= HOUSE_HOLDERS; holder++) {
        cr_assert_eq(daemon_stop(&house.holders[holder - 1], SIGTERM), 0);
        house_start_holder(&house, holder);
        house_expect(&house, "jo", LEO, "yes"); // by the old descriptor
    }
    hold("sam", "authority/descriptor");
    house_expect(&house, "sam", MIA, "yes"); // the new descriptor, and an index that has not heard of it
    reload_index("tokens of epoch 2 and of the one before");
    house_expect(&house, "jo", LEO, "yes");  // old asks for one who is registered under the old key
    house_expect(&house, "sam", MIA, "yes"); // new asks for one who is registered under the old key alone
    hold("north", "authority/descriptor");
    sync_caseload("north", HEADER LEO "\n", "opened");
    house_expect(&house, "jo", LEO, "yes"); // old asks for one who has moved
    expect_check("jo", 0, "works until ");
    // South has not moved: the old epoch is not dropped.
    end_rotation();
    hold("north", "rotating");
    hold("sam", "rotating");
    reload_index("not moved to epoch 2: south");
    house_expect(&house, "sam", MIA, "yes");
    hold("south", "rotating");
    sync_caseload("south", HEADER MIA "\n", "opened");
    // A child whose case was closed before the move is closed under both keys.
    sync_caseload("north", HEADER, "closed");
    house_expect(&house, "jo", LEO, "previously");
    house_expect(&house, "south", LEO, "previously");
    sync_caseload("north", HEADER LEO "\n", "opened");
    reload_index("tokens of epoch 2 alone");
    house_expect(&house, "sam", MIA, "yes");                  // knows two epochs, the index one
    house_expect(&house, "jo", LEO, "could-not-be-answered"); // knows the old one alone: never a no
    hold("jo", "authority/descriptor");
    house_expect(&house, "jo", LEO, "yes");
    for (int holder = 1; holder <= HOUSE_HOLDERS; holder++) {
        char next[64];
        snprintf(next, sizeof next, "authority/holder-%d/share.sealed.next", holder);
        daemon_signal(&house.holders[holder - 1], SIGHUP);
        cr_expect(goes_away(holder, next), "holder %d keeps the old share in use", holder);
    }
    cr_expect(is_there("authority/holder-1/share.sealed.retired-1"), "the retired key stays sealed");
    house_expect(&house, "jo", LEO, "yes");
    house_expect(&house, "sam", MIA, "yes"); // its other key is of no use any more, and not needed
    find_what_was_asked_before();
}

static void expect_moved(const char *client, int exit_code, const char *confirm, const char *words) {
    struct outcome outcome = house_signpost(&house, client, NULL, "moved", "--confirm", confirm, NULL);
    cr_expect_eq(outcome.exit_code, exit_code, "%s%s", outcome.out, outcome.err);
    says(outcome, true, words);
}

Test(lifecycle, who_has_no_sync_says_that_it_has_moved_and_what_did_not_move_is_found_no_more) {
    expect_moved("north", 2, "epoch 1", "one key alone is in use");
    rotate_key();
    restart_holders(NULL);
    reload_index("tokens of epoch 2 and of the one before");
    hold("north", "authority/descriptor");
    house_expect(&house, "jo", LEO, "yes");                          // it stands under epoch 1 alone
    cr_assert_eq(house_change(&house, "register", "north", MIA), 0); // and this one under both
    end_rotation();
    hold("north", "rotating");
    hold("jo", "rotating");
    reload_index("not moved to epoch 2: north");
    expect_moved("north", 2, "", "nothing was said: what is registered under epoch 1 alone will be found no more");
    expect_moved("north", 2, "epoch 1", "give --confirm \"epoch 2\"");
    expect_moved("north", 0, "epoch 2", "this agency has moved to epoch 2");
    reload_index("tokens of epoch 2 alone");
    house_expect(&house, "jo", MIA, "yes");
    house_expect(&house, "jo", LEO, "no"); // as was said
}

Test(lifecycle, an_index_takes_no_descriptor_that_is_older_than_what_was_in_force) {
    rotate_key();
    restart_holders(NULL);
    reload_index("tokens of epoch 2 and of the one before");
    shell("cp authority/descriptor rotating; cp in-force authority/descriptor");
    reload_index("descriptor: version 1 after 2");
    hold("jo", "rotating");
    house_expect(&house, "jo", LEO, "yes"); // by both epochs, as before
    cr_assert_eq(daemon_stop(&house.index, SIGTERM), 0);
    struct outcome outcome = house_run(&house, "indexd/indexd", NULL, "--config", "index.ini", NULL);
    cr_expect_eq(outcome.exit_code, 2, "%s", outcome.err);
    says(outcome, true, "this store is of epoch 2, and the descriptor of 1");
    shell("cp rotating authority/descriptor");
    house_start_index(&house);
    house_expect(&house, "jo", LEO, "yes");
}
