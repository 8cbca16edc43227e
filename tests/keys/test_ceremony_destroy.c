// SPDX-License-Identifier: Apache-2.0
// destroy: the end of a holder's shares, its receipt, and what receipts prove together.
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/secret.h"
#include "keys/share.h"
#include "proto/receipt.h"
#include "tests/keys/ceremony_run.h"

#define DESTROY(i) "destroy --share auth/holder-" #i "/share.sealed --passphrase-file h" #i ".pass --out r" #i " "
#define SHARE(i) "auth/holder-" #i "/share.sealed"

TestSuite(ceremony_destroy, .init = run_start_dealt, .fini = run_end);

// --confirm takes two words, which a command line of words parted by spaces cannot say.
static struct outcome destroy(int holder, const char *confirm) {
    char share[64], passphrase[16], out[8];
    const char *argv[] = {getenv("CEREMONY"),  "destroy",  "--share", share,
                          "--passphrase-file", passphrase, "--out",   out,
                          "--confirm",         confirm,    NULL};
    snprintf(share, sizeof share, "auth/holder-%d/share.sealed", holder);
    snprintf(passphrase, sizeof passphrase, "h%d.pass", holder);
    snprintf(out, sizeof out, "r%d", holder);
    char dir[256];
    snprintf(dir, sizeof dir, "%s", in_dir("."));
    return process_run(dir, argv, NULL);
}

static void destroyed(int holder) {
    char confirm[32];
    snprintf(confirm, sizeof confirm, "destroy demo-holder-%d", holder);
    struct outcome outcome = destroy(holder, confirm);
    cr_assert_eq(outcome.exit_code, 0, "%s", outcome.err);
    outcome_free(&outcome);
}

static struct receipt receipt_of(const char *name) {
    struct trust trust = dealt_trust();
    struct receipt receipt;
    cr_assert_eq(receipt_load(in_dir(name), trust.holders, trust.holder_count, &receipt), OK, "%s", err_detail());
    return receipt;
}

static void copy(const char *from, const char *to) {
    struct buf contents = get_file(from);
    put_file(to, 0600, buf_bytes(&contents));
    buf_free(&contents);
}

static void move(const char *from, const char *to) {
    copy(from, to);
    cr_assert_eq(unlink(in_dir(from)), 0);
}

// Another share of holder 1, beside the present one.
static void put_share(const char *name, uint32_t epoch, uint32_t generation, bool retired) {
    struct share *share = NULL;
    cr_assert_eq(share_open(in_dir(SHARE(1)), bytes_str("first passphrase"), &share), OK);
    share->epoch = epoch;
    share->generation = generation;
    share->retired = retired;
    cr_assert_eq(share_seal(in_dir(name), share, SEAL_INTERACTIVE, bytes_str("first passphrase")), OK);
    secret_free(share);
}

Test(ceremony_destroy, ends_all_shares_of_a_holder_and_signs_which) {
    struct descriptor descriptor;
    uint8_t sharing[32];
    put_share(SHARE(1) ".next", 1, 2, false);
    put_share(SHARE(1) ".retired-7", 7, 3, true);
    destroyed(1);
    cr_expect_not(is_there(SHARE(1)));
    cr_expect_not(is_there(SHARE(1) ".next"));
    cr_expect_not(is_there(SHARE(1) ".retired-7"));
    cr_expect_not(is_there("r1.pending"));
    struct receipt receipt = receipt_of("r1");
    cr_expect_str_eq(receipt.scheme, "demo");
    cr_expect_eq(receipt.holder, (uint64_t)1);
    cr_assert_eq(receipt.count, (size_t)3);
    cr_assert_eq(open_descriptor("auth/descriptor", &descriptor), OK);
    share_sharing(&descriptor, sharing);
    cr_expect_arr_eq(receipt.shares[0].commitments, sharing, sizeof sharing);
    refused(DESTROY(1), "r1");
    cr_assert_eq(unlink(in_dir("r1")), 0);
    refused(DESTROY(1), "no share is here");
}

Test(ceremony_destroy, touches_nothing_without_the_words_or_the_passphrase) {
    static const char *const wrong[] = {"", "yes", "destroy demo-holder-2", "destroy demo-holder-1 "};
    refused(DESTROY(1), "give --confirm \"destroy demo-holder-1\"");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct outcome outcome = destroy(1, wrong[i]);
        cr_expect_eq(outcome.exit_code, 2, "%s", wrong[i]);
        cr_expect_not_null(strstr(outcome.err, "nothing was destroyed"), "%s", outcome.err);
        outcome_free(&outcome);
    }
    refused("destroy --share " SHARE(1) " --passphrase-file wrong.pass --out r1", "passphrase is wrong");
    refused("destroy --share " SHARE(1) " --passphrase-file h1.pass", "--out is needed");
    refused("destroy --passphrase-file h1.pass --out r1", "--share is needed");
    refused(DESTROY(1) "r2", "--verify alone");
    cr_expect(is_there(SHARE(1)));
    cr_expect_not(is_there("r1"));
    cr_expect_not(is_there("r1.pending"));
}

Test(ceremony_destroy, leaves_what_a_daemon_has_in_use) {
    int fd = open(in_dir(SHARE(1)), O_RDONLY);
    cr_assert_geq(fd, 0);
    cr_assert_eq(flock(fd, LOCK_SH), 0);
    refused(DESTROY(1), "stop keyholderd first");
    (void)close(fd);
    cr_expect(is_there(SHARE(1)));
}

Test(ceremony_destroy, is_taken_up_wherever_it_was_cut_off) {
    put_share(SHARE(1) ".next", 1, 2, false);
    copy(SHARE(1), "kept");
    copy(SHARE(1) ".next", "kept.next");
    destroyed(1);
    move("r1", "kept.receipt");
    copy("kept.receipt", "r1.pending"); // the next share gone, the present one not
    copy("kept", SHARE(1));
    destroyed(1);
    cr_expect_eq(receipt_of("r1").count, (size_t)2, "what had gone before stands in the receipt");
    move("r1", "r1.pending");
    copy("kept", SHARE(1));
    put_file(SHARE(1) ".next", 0600, bytes_str("half overwritten"));
    destroyed(1);
    cr_expect_eq(receipt_of("r1").count, (size_t)2);
    cr_expect_not(is_there(SHARE(1) ".next"));
    move("r1", "r1.pending");
    put_file(SHARE(1), 0600, bytes_str("half overwritten"));
    refused(DESTROY(1), "nothing was destroyed");
    destroyed(1);
    cr_expect_not(is_there(SHARE(1)));
    move("r1", "r1.pending"); // all gone but the receipt's name
    destroyed(1);
    cr_expect_eq(receipt_of("r1").count, (size_t)2);
    put_file(SHARE(1), 0600, bytes_str("damaged, and nothing was begun"));
    cr_assert_eq(unlink(in_dir("r1")), 0);
    refused(DESTROY(1), "not a sealed file");
}

#define VERIFY "destroy --verify --trust auth/trust "

Test(ceremony_destroy, receipts_of_too_few_holders_prove_nothing) {
    destroyed(1);
    struct outcome outcome = run(VERIFY "--descriptor auth/descriptor r1");
    cr_expect_eq(outcome.exit_code, 2);
    cr_expect_not_null(strstr(outcome.out, "THE KEY CAN STILL BE USED"), "%s", outcome.out);
    outcome_free(&outcome);
    copy("r1", "again");
    refused(VERIFY "r1 again", "fewer than 2 holders");
    destroyed(3);
    outcome = run(VERIFY "--descriptor auth/descriptor r3 r1");
    cr_expect_eq(outcome.exit_code, 0, "%s", outcome.err);
    cr_expect_not_null(strstr(outcome.out, "destroyed by 2 of 3 holders, 2 are needed: the key is gone"), "%s",
                       outcome.out);
    outcome_free(&outcome);
    refused(VERIFY, "of which receipts");
    refused("destroy --verify r1", "--trust is needed");
    alter_file("r3", "\"holder\": 3", "\"holder\": 2");
    refused(VERIFY "r1 r3", "signature");
}

Test(ceremony_destroy, receipts_for_other_keys_do_not_count_for_the_descriptors) {
    move("auth/descriptor", "kept");
    cr_assert_eq(unlink(in_dir("auth/holder-3/share.sealed")), 0);
    struct share *share = NULL;
    cr_assert_eq(share_open(in_dir(SHARE(1)), bytes_str("first passphrase"), &share), OK);
    cr_assert_eq(unlink(in_dir(SHARE(1))), 0);
    share->sharing[0] ^= 1;
    cr_assert_eq(share_seal(in_dir(SHARE(1)), share, SEAL_INTERACTIVE, bytes_str("first passphrase")), OK);
    secret_free(share);
    destroyed(1);
    destroyed(2);
    done(VERIFY "r1 r2");
    refused(VERIFY "--descriptor kept r1 r2", "another sharing");
}
