// SPDX-License-Identifier: Apache-2.0
// `signpost sync` over real daemons, also killed at random moments: whatever happens, running it again ends in the same
// index as one run that nobody disturbed. The suite kills it a few times; for more:
//   SIGNPOST_SYNC_KILLS=50 meson test -C BUILD e2e/sync --timeout-multiplier 10
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "tests/support/house.h"

#define HEADER "ref,forenames,surname,date_of_birth,nhs_number,upn,status,quiet\n"
#define AMELIA "Amelia Rose,Featherstone,2016-04-21,9990000115,"
#define LEO "Leo,Ramsbottom,2017-08-30,,"
#define MEI "Mei,Zhang,2015-06-12,,"
#define KILLS 6
#define CHILDREN 120

static struct house house;

static void open_house(void) {
    house_open(&house);
}

static void close_house(void) {
    house_close(&house);
}

TestSuite(sync, .init = open_house, .fini = close_house, .timeout = 3600);

// The last line that it printed must begin with `counts`.
static void sync_text(const char *text, const char *option, int exit_code, const char *counts) {
    house_write(&house, "caseload.csv", text);
    struct outcome outcome = house_signpost(&house, "north", NULL, "sync", "caseload.csv", option, NULL);
    cr_assert_eq(outcome.exit_code, exit_code, "%s%s", outcome.out, outcome.err);
    cr_assert_eq(strncmp(outcome.out, counts, strlen(counts)), 0, "%s%s", outcome.out, outcome.err);
    outcome_free(&outcome);
}

static void expect(const char *details, const char *answer) {
    char row[256];
    snprintf(row, sizeof row, "x,%s", details);
    house_expect(&house, "south", row, answer);
}

Test(sync, makes_the_index_agree_with_the_caseload) {
    sync_text(HEADER "a," AMELIA ",,\nb," LEO ",,\nc," MEI ",,\n", NULL, 0, "opened 3, replaced 0,");
    expect(AMELIA, "yes");
    expect(LEO, "yes");
    sync_text(HEADER "a,Amelia Rose,Featherston,2016-04-21,,,,\nb," LEO
                     ",previous,\nd,Oluwaseun,Adeyemi,2013-11-02,,,,\n",
              NULL, 0, "opened 1, replaced 1, renewed 0, closed 2, unchanged 0, rejected 0");
    expect("Amelia Rose,Featherston,2016-04-21,,", "yes");
    expect("X,Y,2001-01-01,9990000115,", "no"); // the number is out
    expect(LEO, "previously");
    expect(MEI, "previously");
    expect("Oluwaseun,Adeyemi,2013-11-02,,", "yes");
}

Test(sync, leaves_everything_alone_the_second_time) {
    sync_text(HEADER "a," AMELIA ",,\nb," LEO ",,\n", NULL, 0, "opened 2,");
    for (int i = 0; i < HOUSE_HOLDERS; i++) {
        daemon_stop(&house.holders[i], SIGTERM);
    }
    sync_text(HEADER "b," LEO ",,\na," AMELIA ",,\n", NULL, 0,
              "opened 0, replaced 0, renewed 0, closed 0, unchanged 2, rejected 0");
}

Test(sync, renews_from_what_it_remembers_without_a_key_holder) {
    sync_text(HEADER "a," AMELIA ",,\nb," LEO ",,\n", NULL, 0, "opened 2,");
    for (int i = 0; i < HOUSE_HOLDERS; i++) {
        daemon_stop(&house.holders[i], SIGTERM);
    }
    char *config = house_read(&house, "north.ini");
    struct buf text = {0};
    buf_printf(&text, "%s\nterm_days = 1\n", config);
    house_write(&house, "north.ini", buf_str(&text));
    buf_free(&text);
    free(config);
    sync_text(HEADER "a," AMELIA ",,\nb," LEO ",,\n", NULL, 0, "opened 0, replaced 0, renewed 2,");
}

Test(sync, reports_rejected_rows_and_keeps_their_records) {
    sync_text(HEADER "a," AMELIA ",,\nb," LEO ",,\n", NULL, 0, "opened 2,");
    sync_text(HEADER "a," AMELIA ",,\nb,Leo,Ramsbottom,2017-02-30,,,,\n", NULL, 2,
              "opened 0, replaced 0, renewed 0, closed 0, unchanged 1, rejected 1");
    expect(LEO, "yes");
    char *rejects = house_read(&house, "caseload.csv.rejects.csv");
    cr_expect_str_eq(rejects, "line,ref,column,reason\r\n3,\"b\",date_of_birth,\"no such day in the calendar\"\r\n");
    cr_expect_null(strstr(rejects, "2017-02-30"), "no values");
    free(rejects);
    sync_text(HEADER "a," AMELIA ",,\nb," LEO ",,\n", NULL, 0, "opened 0,");
    char path[512];
    snprintf(path, sizeof path, "%s/caseload.csv.rejects.csv", house.dir);
    cr_expect_neq(access(path, F_OK), 0, "rejects do not outlive a run without any");
}

Test(sync, refuses_a_caseload_that_shrank) {
    sync_text(HEADER "a," AMELIA ",,\nb," LEO ",,\n", NULL, 0, "opened 2,");
    sync_text(HEADER "a," AMELIA ",,\n", NULL, 2, "");
    expect(LEO, "yes");
    sync_text(HEADER "a," AMELIA ",,\n", "--allow-shrink", 0, "opened 0, replaced 0, renewed 0, closed 1,");
    expect(LEO, "previously");
}

Test(sync, does_nothing_in_a_dry_run) {
    char path[512];
    snprintf(path, sizeof path, "%s/state-north/demo.sync", house.dir);
    sync_text(HEADER "a," AMELIA ",,\n", "--dry-run", 0, "opened 1,");
    cr_expect_neq(access(path, F_OK), 0);
    expect(AMELIA, "no");
}

static void new_store(void) {
    daemon_stop(&house.index, SIGTERM);
    const char *const remove[] = {"/bin/rm", "-r", "store", NULL};
    struct outcome outcome = process_run(house.dir, remove, NULL);
    cr_assert_eq(outcome.exit_code, 0, "%s", outcome.err);
    outcome_free(&outcome);
    outcome = house_run(&house, "indexd/indexctl", NULL, "init", "--config", "index.ini", NULL);
    cr_assert_eq(outcome.exit_code, 0, "%s", outcome.err);
    outcome_free(&outcome);
    house_start_index(&house);
}

Test(sync, registers_everything_again_when_the_store_was_exchanged) {
    sync_text(HEADER "a," AMELIA ",,\nb," LEO ",,\n", NULL, 0, "opened 2,");
    new_store();
    expect(AMELIA, "no");
    sync_text(HEADER "a," AMELIA ",,\nb," LEO ",,\n", NULL, 0,
              "opened 2, replaced 0, renewed 0, closed 0, unchanged 0");
    expect(AMELIA, "yes");
    expect(LEO, "yes");
}

Test(sync, lets_no_second_one_at_the_same_state) {
    sync_text(HEADER "a," AMELIA ",,\n", NULL, 0, "opened 1,");
    char path[512];
    snprintf(path, sizeof path, "%s/state-north/demo.sync", house.dir);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    cr_assert_eq(flock(fd, LOCK_EX), 0);
    struct outcome outcome = house_signpost(&house, "north", NULL, "sync", "caseload.csv", NULL);
    cr_expect_eq(outcome.exit_code, 2);
    cr_expect_not_null(strstr(outcome.err, "another sync is running"), "%s", outcome.err);
    outcome_free(&outcome);
    close(fd);
}

Test(sync, keeps_no_identity_in_its_state) {
    sync_text(HEADER "case-0815," AMELIA ",,\n", NULL, 0, "opened 1,");
    const char *const argv[] = {"/bin/grep", "-riaE", "featherstone|amelia|9990000115|2016|case-0815", "state-north",
                                NULL};
    struct outcome found = process_run(house.dir, argv, NULL);
    cr_expect_str_eq(found.out, "");
    cr_expect_eq(found.exit_code, 1);
    outcome_free(&found);
    struct stat state;
    char path[512];
    snprintf(path, sizeof path, "%s/state-north/demo.sync", house.dir);
    cr_assert_eq(stat(path, &state), 0);
    cr_expect_eq(state.st_mode & 0777, 0600);
}

Test(sync, takes_one_file_and_known_options) {
    static const char *const cases[][3] = {{NULL}, {"a.csv", "b.csv"}, {"a.csv", "--fulll"}, {"nowhere.csv"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct outcome outcome = house_signpost(&house, "north", NULL, "sync", cases[i][0], cases[i][1], NULL);
        cr_expect_eq(outcome.exit_code, 2, "case %zu: %s", i, outcome.out);
        outcome_free(&outcome);
    }
}

// ---- killed at random moments

static pid_t start_sync(const char *file) {
    char program[512];
    snprintf(program, sizeof program, "%s/client/signpost", getenv("SIGNPOST_BUILD"));
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        int null = open("/dev/null", O_RDWR);
        if (chdir(house.dir) != 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0) {
            _exit(126);
        }
        execl(program, program, "--config", "north.ini", "sync", "--allow-shrink", file, (char *)NULL);
        _exit(127);
    }
    return pid;
}

static int64_t now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

// Returns how long it took.
static int64_t sync_file(const char *file) {
    int64_t start = now_us();
    struct outcome outcome = house_signpost(&house, "north", NULL, "sync", "--allow-shrink", file, NULL);
    cr_assert_eq(outcome.exit_code, 0, "%s%s", outcome.out, outcome.err);
    outcome_free(&outcome);
    return now_us() - start;
}

static uint32_t random_below(uint32_t bound) {
    uint32_t random = 0;
    cr_assert_eq(getrandom(&random, sizeof random, 0), (ssize_t)sizeof random);
    return (uint32_t)((uint64_t)random * bound >> 32);
}

static void pause_us(int64_t us) {
    struct timespec pause = {us / 1000000, us % 1000000 * 1000};
    nanosleep(&pause, NULL);
}

static struct timespec state_written(void) {
    struct stat state = {0};
    char path[512];
    snprintf(path, sizeof path, "%s/state-north/demo.sync", house.dir);
    (void)stat(path, &state); // not there yet: zeros
    return state.st_mtim;
}

static bool has_ended(pid_t pid) {
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid;
}

// Returns when the run has begun to write its state: from then on the index and the state may disagree.
static void wait_for_writing(pid_t pid, struct timespec before) {
    for (;;) {
        struct timespec now = state_written();
        if (has_ended(pid) || now.tv_sec != before.tv_sec || now.tv_nsec != before.tv_nsec) {
            return;
        }
        pause_us(200);
    }
}

#define WRITING_US 40000 // about as long as the requests and the last write take
static int64_t usual_us; // how long a run takes here and now

// Any moment of the whole run, or of its last part, where it matters most. True: it was killed before its end.
static bool sync_and_kill(const char *file, bool while_writing) {
    struct timespec before = state_written();
    pid_t pid = start_sync(file);
    if (while_writing) {
        wait_for_writing(pid, before);
    }
    pause_us(random_below(while_writing ? WRITING_US : (uint32_t)usual_us));
    kill(pid, SIGKILL);
    int status = 0;
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_assert(WIFSIGNALED(status) || WEXITSTATUS(status) == 0, "it failed by itself");
    if (!while_writing) { // other work on the machine comes and goes
        usual_us = WIFSIGNALED(status) ? usual_us * 21 / 20 : usual_us * 3 / 4;
    }
    return WIFSIGNALED(status);
}

// Everything that another agency can learn about the children of both caseloads, and how many rows there are.
static char *whole_index(void) {
    struct buf text = {0};
    static const char *const files[] = {"one.csv", "two.csv"};
    for (size_t i = 0; i < 2; i++) {
        struct outcome outcome = house_signpost(&house, "south", NULL, "ask", "--csv", files[i], NULL);
        cr_assert_eq(outcome.exit_code, 0, "%s", outcome.err);
        for (char *line = strtok(outcome.out, "\n"); line; line = strtok(NULL, "\n")) {
            buf_printf(&text, "%.*s\n", (int)(strrchr(line, ',') - line), line);
        }
        outcome_free(&outcome);
    }
    struct outcome stats = house_run(&house, "indexd/indexctl", NULL, "stats", "--config", "index.ini", NULL);
    cr_assert_eq(stats.exit_code, 0, "%s", stats.err);
    const char *entries = strstr(stats.out, "\nentries ");
    cr_assert_not_null(entries, "%s", stats.out);
    buf_printf(&text, "%.*s", (int)strcspn(entries + 1, "\n"), entries + 1);
    outcome_free(&stats);
    char *copy = strdup(buf_str(&text));
    buf_free(&text);
    return copy;
}

static void assert_same(char *index, const char *expected, int kill) {
    cr_assert_str_eq(index, expected, "after kill %d the index is another", kill);
    free(index);
}

// From the first caseload to the second: some children go, some come, and some are written otherwise.
static void make_caseloads(void) {
    char count[16];
    snprintf(count, sizeof count, "%d", CHILDREN);
    struct outcome made =
        house_run(&house, "bench/make_caseload", NULL, "--children", count, "one.csv", "other.csv", NULL);
    cr_assert_eq(made.exit_code, 0, "%s", made.err);
    outcome_free(&made);
    const char *const edit[] = {"/bin/sh", "-c",
                                "sed -e '2,15d' -e '20,34s/^\\(N[^,]*,[^,]*,\\)[^,]*/\\1Corrected/' "
                                "-e '40,44s/999[0-9]\\{7\\}//' one.csv >two.csv && tail -n 14 other.csv >>two.csv && "
                                "! cmp -s one.csv two.csv",
                                NULL};
    made = process_run(house.dir, edit, NULL);
    cr_assert_eq(made.exit_code, 0, "%s", made.err);
    outcome_free(&made);
}

static int kills_wanted(void) {
    const char *text = getenv("SIGNPOST_SYNC_KILLS");
    int kills = text ? atoi(text) : KILLS;
    cr_assert_gt(kills, 0);
    return kills;
}

static void forget_everything(void) {
    new_store();
    const char *const forget[] = {"/bin/rm", "state-north/demo.sync", NULL};
    struct outcome outcome = process_run(house.dir, forget, NULL);
    cr_assert_eq(outcome.exit_code, 0, "%s", outcome.err);
    outcome_free(&outcome);
}

Test(sync, ends_in_the_same_index_wherever_it_is_killed) {
    make_caseloads();
    sync_file("one.csv");
    char *only_one = whole_index();
    usual_us = sync_file("two.csv");
    char *two = whole_index();
    cr_assert_str_neq(only_one, two);
    sync_file("one.csv");
    char *one = whole_index(); // who is in the second alone has ended
    sync_file("two.csv");
    int kills = 0, round = 0;
    for (; kills < kills_wanted(); round++) {
        cr_assert_lt(round, 20 * kills_wanted(), "it is hardly ever killed before its end");
        bool anew = round % 10 == 4;
        const char *file = round % 2 ? "two.csv" : "one.csv";
        if (anew) {
            forget_everything();
        }
        kills += sync_and_kill(file, round % 4 < 2);
        sync_file(file);
        assert_same(whole_index(), round % 2 ? two : anew ? only_one : one, round);
    }
    cr_log_info("%d of %d runs were killed before their end", kills, round);
    free(only_one);
    free(one);
    free(two);
}

// ---- many questions at once

static size_t lines_of(const char *text) {
    size_t lines = 0;
    for (; *text; text++) {
        lines += *text == '\n';
    }
    return lines;
}

Test(sync, a_file_of_questions_goes_on_where_it_was_interrupted) {
    make_caseloads();
    sync_file("one.csv");
    struct outcome whole = house_signpost(&house, "south", NULL, "ask", "--csv", "two.csv", "--out", "whole.csv", NULL);
    cr_assert_eq(whole.exit_code, 0, "%s", whole.err);
    outcome_free(&whole);
    const char *const tear[] = {"/bin/sh", "-c", "head -c 1500 whole.csv >answers.csv", NULL};
    struct outcome torn = process_run(house.dir, tear, NULL);
    cr_assert_eq(torn.exit_code, 0);
    outcome_free(&torn);
    daemon_stop(&house.index, SIGTERM);
    house_connect(&house);
    for (int up = 0; up < 2; up++) {
        struct outcome outcome =
            house_signpost(&house, "south", NULL, "ask", "--csv", "two.csv", "--out", "answers.csv", "--resume", NULL);
        cr_expect_eq(outcome.exit_code, up ? 0 : 2, "%s", outcome.err);
        outcome_free(&outcome);
        char *text = house_read(&house, "answers.csv");
        cr_expect_eq(lines_of(text), CHILDREN + 1, "a line for each child, answered or not");
        cr_expect_eq(strstr(text, ",could-not-be-answered,") == NULL, up);
        free(text);
        if (!up) {
            house_start_index(&house);
        }
    }
    const char *const compare[] = {"/bin/sh", "-c", "cut -d, -f1-2 whole.csv >w; cut -d, -f1-2 answers.csv >a; cmp w a",
                                   NULL};
    struct outcome same = process_run(house.dir, compare, NULL);
    cr_expect_eq(same.exit_code, 0, "%s%s", same.out, same.err);
    outcome_free(&same);
}
