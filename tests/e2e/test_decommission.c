// SPDX-License-Identifier: Apache-2.0
// The end of an index over real processes: two signatures, everything destroyed, receipts, the certificate; cut off and
// taken up again.
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>
#include <sodium.h>

#include "tests/support/house.h"

#define OFFICER "--as", "officer.crt", "--key", "officer.key"
#define DEPUTY "--as", "deputy.crt", "--key", "deputy.key"
#define CONFIG "--config", "index.ini"
#define AMELIA "case-1,amelia rose,featherstone,2016-04-21,9990000115,"

static struct house house;

static void open_house(void) {
    house_open(&house);
}

static void close_house(void) {
    house_close(&house);
}

TestSuite(decommission, .init = open_house, .fini = close_house);

#define indexctl(...) house_run(&house, "indexd/indexctl", NULL, __VA_ARGS__, NULL)

static void expect(struct outcome outcome, int exit_code, const char *word) {
    cr_expect_eq(outcome.exit_code, exit_code, "%s%s", outcome.out, outcome.err);
    cr_expect(strstr(outcome.out, word) != NULL || strstr(outcome.err, word) != NULL, "\"%s%s\" lacks \"%s\"",
              outcome.out, outcome.err, word);
    outcome_free(&outcome);
}

static void shell(const char *command) {
    const char *const argv[] = {"/bin/sh", "-ec", command, NULL};
    struct outcome outcome = process_run(house.dir, argv, NULL);
    cr_assert_eq(outcome.exit_code, 0, "%s: %s%s", command, outcome.out, outcome.err);
    outcome_free(&outcome);
}

static void await_index(void) {
    cr_expect_eq(daemon_stop(&house.index, 0), 0); // it stops by itself
}

static void index_says_why_it_does_not_start(void) {
    expect(house_run(&house, "indexd/indexd", NULL, CONFIG, NULL), 2, "decommissioned on");
    expect(indexctl("rebuild", CONFIG), 2, "decommissioned on");
    expect(indexctl("stats", CONFIG), 2, "decommissioned on");
}

static void give_receipt(int holder) {
    char share[64], passphrase[64], receipt[32], confirm[32];
    daemon_stop(&house.holders[holder - 1], SIGTERM);
    snprintf(share, sizeof share, "authority/holder-%d/share.sealed", holder);
    snprintf(passphrase, sizeof passphrase, "holder-%d.passphrase", holder);
    snprintf(receipt, sizeof receipt, "receipt-%d", holder);
    snprintf(confirm, sizeof confirm, "destroy demo-holder-%d", holder);
    expect(house_run(&house, "keys/ceremony/ceremony", NULL, "destroy", "--share", share, "--passphrase-file",
                     passphrase, "--out", receipt, "--confirm", confirm, NULL),
           0, "");
}

// The payload of the certificate's JSON Web Signature.
static json_t *certificate(const char *name, size_t *signatures) {
    char *text = house_read(&house, name);
    json_t *document = json_loads(text, 0, NULL);
    const char *payload = json_string_value(json_object_get(document, "payload"));
    char *plain = calloc(1, strlen(payload) + 1);
    size_t len = 0;
    cr_assert_eq(sodium_base642bin((unsigned char *)plain, strlen(payload), payload, strlen(payload), NULL, &len, NULL,
                                   sodium_base64_VARIANT_URLSAFE_NO_PADDING),
                 0);
    json_t *json = json_loads(plain, 0, NULL);
    cr_assert_not_null(json);
    *signatures = json_array_size(json_object_get(document, "signatures"));
    json_decref(document);
    free(plain);
    free(text);
    return json;
}

static bool exists(const char *name) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", house.dir, name);
    return access(path, F_OK) == 0;
}

Test(decommission, takes_two_administrators) {
    expect(indexctl("decommission", CONFIG, "--reason", "the scheme ends", OFFICER), 2, "takes 2 people");
    cr_assert_eq(house_change(&house, "register", "north", AMELIA), 0);
    house_expect(&house, "south", AMELIA, "yes");
    expect(indexctl("stats", CONFIG), 0, "running");
}

Test(decommission, destroys_everything_and_certifies_it_once_the_receipts_are_there) {
    size_t signatures = 0;
    cr_assert_eq(house_change(&house, "register", "north", AMELIA), 0);
    shell("cp store/pepper pepper.backup; cp -r store backup");
    expect(indexctl("decommission", CONFIG, "--reason", "the scheme ends", OFFICER, DEPUTY, "--copy", "pepper.backup"),
           2, "no certificate yet");
    await_index();
    cr_expect_not(exists("store/pepper"));
    cr_expect_not(exists("store/lmdb/data.mdb"));
    cr_expect_not(exists("pepper.backup"));
    shell("test -z \"$(ls store/segment-keys)\"; ls store/journal/*.seg >/dev/null; test -f backup/pepper");
    index_says_why_it_does_not_start();
    give_receipt(1);
    expect(indexctl("decommission", CONFIG, "--copy", "backup", "--copy", "pepper.backup", "--receipt", "receipt-1",
                    "--certificate", "end.json", OFFICER, DEPUTY),
           2, "1 of the 2 receipts");
    shell("test -z \"$(find backup -type f)\"");
    cr_expect_not(exists("end.json"));
    expect(indexctl("decommission", CONFIG, "--receipt", "receipt-1", "--receipt", "receipt-1", "--certificate",
                    "end.json", OFFICER, DEPUTY),
           2, "1 of the 2 receipts");
    give_receipt(3);
    expect(indexctl("decommission", CONFIG, "--receipt", "receipt-1", "--receipt", "receipt-3", "--certificate",
                    "end.json", OFFICER, DEPUTY),
           0, "certificate of destruction");
    json_t *json = certificate("end.json", &signatures);
    cr_expect_eq(signatures, 2);
    json_t *destroyed = json_object_get(json, "destroyed");
    cr_expect_eq(json_integer_value(json_object_get(destroyed, "pepper")), 1);
    cr_expect_geq(json_integer_value(json_object_get(destroyed, "segment keys")), 1);
    cr_expect_geq(json_integer_value(json_object_get(destroyed, "database")), 1);
    cr_expect_geq(json_integer_value(json_object_get(destroyed, "copies")), 4);
    cr_expect_eq(json_array_size(json_object_get(json, "receipts")), 2);
    cr_expect_gt(json_integer_value(json_object_get(json_object_get(json, "held"), "entries")), 0);
    cr_expect_not_null(json_object_get(json_object_get(json, "act"), "payload"));
    cr_expect_not_null(json_object_get(json, "checkpoint"));
    json_decref(json);
    index_says_why_it_does_not_start();
}

Test(decommission, refuses_a_copy_that_is_none_and_goes_on_without_it) {
    shell("mkdir -p precious; echo x >precious/letter");
    expect(indexctl("decommission", CONFIG, "--reason", "the scheme ends", OFFICER, DEPUTY, "--copy", "precious"), 2,
           "neither a file nor a folder");
    await_index();
    cr_expect(exists("precious/letter"));
    expect(indexctl("decommission", CONFIG), 2, "no certificate yet");
    cr_expect_not(exists("store/pepper"));
    index_says_why_it_does_not_start();
}
