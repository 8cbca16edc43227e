// SPDX-License-Identifier: Apache-2.0
// Shields over real processes: tokens that an authorised person derives, signed acts, and answers that tell nothing.
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "proto/routes.h"
#include "tests/support/house.h"

#define OFFICER "--as", "officer.crt", "--key", "officer.key"
#define DEPUTY "--as", "deputy.crt", "--key", "deputy.key"
#define CONFIG "--config", "index.ini"

#define AMELIA "case-1,amelia rose,featherstone,2016-04-21,9990000115,"
#define AMELIA_TYPED "amelia rose\nfeatherstone\n2016-04-21\n9990000115\n\nn\n"
#define AMELIA_RENAMED "case-2,mia,okonkwo,2016-04-21,9990000115,"
#define RENAMED_ALONE "case-2,mia,okonkwo,2016-04-21,,"
#define NAMESAKE "case-9,amelia rose,featherstone,2016-04-21,,"
#define NAMESAKE_NUMBERED "case-9,amelia rose,featherstone,2016-04-21,9990000336,"
#define NUMBER_OF_NAMESAKE "q,x,y,2001-01-01,9990000336,"

static struct house house;

static void open_house(void) {
    house_open(&house);
}

static void close_house(void) {
    house_close(&house);
}

TestSuite(shield, .init = open_house, .fini = close_house);

#define indexctl(...) house_run(&house, "indexd/indexctl", NULL, __VA_ARGS__, NULL)

static void expect(struct outcome outcome, int exit_code, const char *word) {
    cr_expect_eq(outcome.exit_code, exit_code, "%s%s", outcome.out, outcome.err);
    cr_expect_not_null(strstr(exit_code == 0 ? outcome.out : outcome.err, word), "\"%s%s\" lacks \"%s\"", outcome.out,
                       outcome.err, word);
    outcome_free(&outcome);
}

static void derive(const char *file, const char *typed) {
    expect(house_signpost(&house, "dana", typed, "shield", "--out", file, NULL), 0, "personal data");
}

// Adds a shield and gives its number.
static long add(const char *word) {
    derive("amelia.tokens", AMELIA_TYPED);
    struct outcome outcome = indexctl("shield", "add", CONFIG, "--tokens", "amelia.tokens", "--reason", "court order",
                                      "--reference", "M-7", OFFICER);
    long number = 0;
    cr_assert_eq(sscanf(outcome.out, "shield %ld", &number), 1, "%s%s", outcome.out, outcome.err);
    expect(outcome, 0, word);
    return number;
}

Test(shield, hides_a_child_by_number_old_name_and_new_and_leaves_a_namesake) {
    cr_assert_eq(house_change(&house, "register", "north", AMELIA), 0);
    cr_assert_eq(house_change(&house, "register", "north", AMELIA_RENAMED), 0); // before the shield
    house_expect(&house, "jo", RENAMED_ALONE, "yes");
    add("hides 2 records");
    house_expect(&house, "jo", AMELIA, "no");
    house_expect(&house, "jo", NAMESAKE, "no");
    house_expect(&house, "jo", RENAMED_ALONE, "no");
    cr_assert_eq(house_change(&house, "register", "south", "case-3,mila,obi,2016-04-21,9990000115,"), 0); // and after
    house_expect(&house, "sam", "case-3,mila,obi,2016-04-21,,", "no");
    cr_assert_eq(house_change(&house, "register", "south", NAMESAKE_NUMBERED), 0); // a stranger
    house_expect(&house, "sam", NUMBER_OF_NAMESAKE, "yes");
    house_expect(&house, "sam", NAMESAKE, "yes");
}

Test(shield, tells_the_operator_who_touched_it) {
    cr_assert_eq(house_change(&house, "register", "north", AMELIA), 0);
    add("hides 1 records");
    house_expect(&house, "jo", AMELIA, "no");
    cr_assert_eq(house_change(&house, "register", "south", AMELIA_RENAMED), 0);
    cr_assert_eq(house_change(&house, "register", "south", NAMESAKE_NUMBERED), 0);
    daemon_stop(&house.index, SIGTERM); // what waits to be written with the next record is written now
    house_start_index(&house);
    expect(indexctl("alerts", CONFIG), 0, "a question about a shielded child (record ");
    expect(indexctl("alerts", CONFIG), 0, "is hidden (record ");
    expect(indexctl("alerts", CONFIG), 0, "shares names alone");
    expect(indexctl("journal", "show", CONFIG), 0, "shield     reference=M-7 shield=");
    expect(indexctl("journal", "show", CONFIG), 0, "touch      what=question shield=");
    expect(indexctl("journal", "show", CONFIG), 0, "touch      what=names shield=");
}

Test(shield, names_the_agencies_whose_records_share_names_alone) {
    cr_assert_eq(house_change(&house, "register", "south", NAMESAKE_NUMBERED), 0);
    add("south: 1");
    house_expect(&house, "sam", NAMESAKE, "yes");
}

Test(shield, hides_an_agency_s_record_without_a_number_by_its_handle) {
    cr_assert_eq(house_change(&house, "register", "north", NAMESAKE), 0);
    expect(house_signpost(&house, "dana", "case-9\namelia rose\nfeatherstone\n2016-04-21\n\n\nn\n", "shield",
                          "--record", "--out", "record.tokens", NULL),
           0, "personal data");
    house_expect(&house, "jo", NAMESAKE, "yes");
    expect(indexctl("shield", "add", CONFIG, "--tokens", "record.tokens", "--reason", "refuge", OFFICER), 0, "hides 1");
    house_expect(&house, "jo", NAMESAKE, "no");
}

Test(shield, is_lifted_by_two_administrators_and_by_no_fewer) {
    char number[32];
    cr_assert_eq(house_change(&house, "register", "north", AMELIA), 0);
    snprintf(number, sizeof number, "%ld", add("hides 1 records"));
    expect(indexctl("shield", "list", CONFIG), 0, "M-7");
    expect(indexctl("shield", "lift", CONFIG, "--shield", number, "--reason", "expired", OFFICER), 2, "takes 2 people");
    expect(indexctl("shield", "lift", CONFIG, "--shield", number, "--reason", "expired", OFFICER, OFFICER), 2,
           "signed");
    expect(indexctl("shield", "lift", CONFIG, "--shield", number, "--reason", "expired", OFFICER, "--as", "dana.crt",
                    "--key", "dana.key"),
           2, "no role");
    house_expect(&house, "jo", AMELIA, "no");
    expect(indexctl("shield", "lift", CONFIG, "--shield", number, "--reason", "expired", OFFICER, "--out", "lift.act"),
           0, "lift.act");
    expect(indexctl("act", "sign", DEPUTY, "lift.act"), 0, "deputy");
    expect(indexctl("act", "run", CONFIG, "lift.act"), 0, "records");
    house_expect(&house, "jo", AMELIA, "yes");
    expect(indexctl("shield", "lift", CONFIG, "--shield", number, "--reason", "again", OFFICER, DEPUTY), 2,
           "no shield");
}

Test(shield, takes_no_tokens_that_another_person_did_not_mean_for_it) {
    derive("amelia.tokens", AMELIA_TYPED);
    expect(indexctl("shield", "add", CONFIG, "--tokens", "amelia.tokens", "--reason", "x", OFFICER, "--out", "add.act"),
           0, "add.act");
    derive("other.tokens", "x\ny\n2001-01-01\n9990000336\n\nn\n");
    expect(indexctl("act", "run", CONFIG, "add.act"), 2, "belongs to the act");
    expect(indexctl("act", "run", CONFIG, "--with", "other.tokens", "add.act"), 2, "belongs to the act");
    expect(indexctl("act", "run", CONFIG, "--with", "amelia.tokens", "add.act"), 0, "hidden");
    expect(house_signpost(&house, "dana", AMELIA_TYPED, "subject-access", "--out", "access.tokens", NULL), 0,
           "personal");
    expect(indexctl("shield", "add", CONFIG, "--tokens", "access.tokens", "--reason", "x", OFFICER), 2, "another use");
}

Test(shield, tokens_need_a_number_and_never_lie_open) {
    struct stat about;
    char path[512];
    expect(house_signpost(&house, "dana", "amelia rose\nfeatherstone\n2016-04-21\n\n\nn\n", "shield", "--out",
                          "a.tokens", NULL),
           2, "NHS number");
    derive("amelia.tokens", AMELIA_TYPED);
    snprintf(path, sizeof path, "%s/amelia.tokens", house.dir);
    cr_assert_eq(stat(path, &about), 0);
    cr_expect_eq(about.st_mode & 0777, 0600);
    char *text = house_read(&house, "amelia.tokens");
    cr_expect_null(strstr(text, "featherstone"));
    cr_expect_null(strstr(text, "9990000115"));
    free(text);
    expect(house_signpost(&house, "dana", AMELIA_TYPED, "shield", "--out", "amelia.tokens", NULL), 2, "already there");
}
