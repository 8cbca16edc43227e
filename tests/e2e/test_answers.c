// SPDX-License-Identifier: Apache-2.0
// What is answered when: agencies north and south, real daemons, the real command.
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/house.h"

#define AMELIA "case-1,Amelia Rose,Featherstone,2016-04-21,9990000115,"
#define AMELIA_BY_NAME "case-2,Rose Amelia,Featherstone,2016-04-21,,"
#define AMELIA_BY_EAR "case-3,Amelia,Fetherstone,2016-04-21,,"
#define AMELIA_AGAIN "case-9,Amelia Rose,Featherstone,2016-04-21,9990000115,"
#define STRANGER "case-4,Oluwaseun,Adeyemi,2013-11-02,9990000220,"

static struct house house;

static void open_house(void) {
    house_open(&house);
}

static void close_house(void) {
    house_close(&house);
}

TestSuite(answers, .init = open_house, .fini = close_house);

Test(answers, an_agencys_own_involvement_never_makes_its_own_answer_yes) {
    cr_assert_eq(house_change(&house, "register", "north", AMELIA), 0);
    house_expect(&house, "north", AMELIA, "no");
    house_expect(&house, "sam", AMELIA, "no"); // a person of the same agency
    house_expect(&house, "south", AMELIA, "yes");
    house_expect(&house, "jo", AMELIA, "yes");
    house_expect(&house, "south", STRANGER, "no");
}

Test(answers, names_in_another_order_are_sure_and_names_by_ear_are_similar) {
    cr_assert_eq(house_change(&house, "register", "north", AMELIA), 0);
    house_expect(&house, "south", AMELIA_BY_NAME, "yes");
    house_expect(&house, "south", AMELIA_BY_EAR, "possibly");
}

Test(answers, closing_turns_yes_into_previously_and_withdrawing_into_no) {
    cr_assert_eq(house_change(&house, "register", "north", AMELIA), 0);
    cr_assert_eq(house_change(&house, "close", "north", AMELIA), 0);
    house_expect(&house, "south", AMELIA, "previously");
    cr_assert_eq(house_change(&house, "withdraw", "north", AMELIA), 0);
    house_expect(&house, "south", AMELIA, "no");
}

Test(answers, closing_one_of_two_records_of_a_child_leaves_the_other) {
    cr_assert_eq(house_change(&house, "register", "north", AMELIA), 0);
    cr_assert_eq(house_change(&house, "register", "north", AMELIA_AGAIN), 0);
    cr_assert_eq(house_change(&house, "close", "north", AMELIA), 0);
    house_expect(&house, "south", AMELIA, "yes");
    cr_assert_eq(house_change(&house, "close", "north", AMELIA_AGAIN), 0);
    house_expect(&house, "south", AMELIA, "previously");
}

Test(answers, an_agency_cannot_close_or_withdraw_what_another_registered) {
    cr_assert_eq(house_change(&house, "register", "north", AMELIA), 0);
    cr_expect_eq(house_change(&house, "close", "south", AMELIA), 2);
    cr_expect_eq(house_change(&house, "withdraw", "south", AMELIA), 2);
    house_expect(&house, "south", AMELIA, "yes");
}

Test(answers, replacing_takes_the_old_details_out_and_puts_the_new_ones_in) {
    cr_assert_eq(house_change(&house, "register", "north", "case-1,Amelia,Featherston,2016-04-21,,"), 0);
    house_write(&house, "old.csv",
                "ref,forenames,surname,date_of_birth,nhs_number,upn\n"
                "case-1,Amelia,Featherston,2016-04-21,,\n");
    house_write(&house, "new.csv",
                "ref,forenames,surname,date_of_birth,nhs_number,upn\n"
                "case-1,Zainab,Okafor,2012-01-30,9990000336,\n");
    struct outcome outcome =
        house_signpost(&house, "north", NULL, "replace", "--csv", "new.csv", "--was", "old.csv", NULL);
    cr_assert_eq(outcome.exit_code, 0, "%s%s", outcome.out, outcome.err);
    outcome_free(&outcome);
    house_expect(&house, "south", "x,Zainab,Okafor,2012-01-30,9990000336,", "yes");
    house_expect(&house, "south", "x,Amelia,Featherston,2016-04-21,,", "no");
}

Test(answers, registering_twice_is_registering_once) {
    cr_assert_eq(house_change(&house, "register", "north", AMELIA), 0);
    cr_assert_eq(house_change(&house, "register", "north", AMELIA), 0);
    cr_assert_eq(house_change(&house, "withdraw", "north", AMELIA), 0);
    house_expect(&house, "south", AMELIA, "no");
}

struct opening {
    const char *client, *file;
    char answer[64];
};

static void *open_and_ask(void *ctx) {
    struct opening *opening = ctx;
    struct outcome outcome = house_signpost(&house, opening->client, NULL, "register", "--csv", opening->file, "--ask",
                                            "caseload", "--out", opening->client, NULL);
    cr_assert_eq(outcome.exit_code, 0, "%s%s", outcome.out, outcome.err);
    outcome_free(&outcome);
    char *answers = house_read(&house, opening->client);
    sscanf(strchr(answers, '\n') + 1, "%*[^,],%63[^,]", opening->answer);
    free(answers);
    return NULL;
}

Test(answers, two_agencies_that_open_at_the_same_moment_never_both_hear_no) {
    for (int round = 0; round < 5; round++) {
        char text[256];
        snprintf(text, sizeof text, "ref,forenames,surname,date_of_birth,nhs_number,upn\nr,Mei,Zhang,2015-06-1%d,,\n",
                 round);
        house_write(&house, "both.csv", text);
        struct opening openings[2] = {{.client = "north", .file = "both.csv"}, {.client = "south", .file = "both.csv"}};
        pthread_t threads[2];
        for (int i = 0; i < 2; i++) {
            pthread_create(&threads[i], NULL, open_and_ask, &openings[i]);
        }
        for (int i = 0; i < 2; i++) {
            pthread_join(threads[i], NULL);
        }
        cr_expect(strcmp(openings[0].answer, "yes") == 0 || strcmp(openings[1].answer, "yes") == 0,
                  "north heard %s, south heard %s", openings[0].answer, openings[1].answer);
    }
}

Test(answers, a_practitioner_is_told_word_for_word_and_shown_the_local_contacts) {
    cr_assert_eq(house_change(&house, "register", "north", AMELIA), 0);
    struct outcome outcome = house_signpost(&house, "jo", "amelia rose\nFeatherstone\n21/04/2016\n999 000 0115\n\n\n\n",
                                            "ask", "--purpose", "section-47", NULL);
    cr_assert_eq(outcome.exit_code, 0, "%s", outcome.err);
    cr_expect_not_null(
        strstr(outcome.out, "YES. Another agency is recorded as working with a child with these details."));
    cr_expect_not_null(strstr(outcome.out, "Local contacts:\nNorth children's services, duty desk"));
    cr_expect_not_null(strstr(outcome.out, "Signpost, section-47: yes; "));
    cr_expect_not_null(strstr(outcome.out, " of 2 feeds up to date; ref "));
    outcome_free(&outcome);
}

Test(answers, identities_reach_no_log_and_no_file_of_a_daemon) {
    cr_assert_eq(house_change(&house, "register", "north", AMELIA), 0);
    house_expect(&house, "south", AMELIA, "yes");
    const char *const argv[] = {"/bin/grep",       "-rilaE",  "featherstone|9990000115|2016-04-21",
                                "--exclude=*.csv", house.dir, NULL};
    struct outcome found = process_run("/", argv, NULL);
    cr_expect_str_eq(found.out, "", "found in %s", found.out);
    outcome_free(&found);
}
