// SPDX-License-Identifier: Apache-2.0
// inbox, contribute, refresh and accept: new shares of the same key, and every way in which that is refused or cut off.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "keys/share.h"
#include "keys/threshold.h"
#include "tests/keys/ceremony_run.h"

#define SIDE(i)                                                                                                        \
    "--share auth/holder-" #i "/share.sealed --trust auth/trust --present in-force --passphrase-file h" #i ".pass "
#define INBOX(i) "auth/holder-" #i "/holder-" #i ".inbox "
#define INBOXES INBOX(1) INBOX(2) INBOX(3)
#define GIVEN(i) "auth/holder-" #i "/holder-" #i ".contribution-2 "
#define ACCEPT(i) "accept " SIDE(i) "--kdf interactive --descriptor auth/descriptor "

static void copy(const char *from, const char *to) {
    struct buf contents = get_file(from);
    put_file(to, 0600, buf_bytes(&contents));
    buf_free(&contents);
}

// With every inbox open, and holders 1 and 3 having contributed.
static void start(void) {
    run_start_dealt();
    copy("auth/descriptor", "in-force");
    done("inbox " SIDE(1) "--kdf interactive");
    done("inbox " SIDE(2) "--kdf interactive");
    done("inbox " SIDE(3) "--kdf interactive");
    done("contribute " SIDE(1) INBOXES);
    done("contribute " SIDE(3) INBOXES);
}

TestSuite(ceremony_refresh, .init = start, .fini = run_end);

static struct share *open_share(const char *name, const char *passphrase) {
    struct share *share = NULL;
    cr_assert_eq(share_open(in_dir(name), bytes_str(passphrase), &share), OK, "%s", err_detail());
    return share;
}

static void expect_next_share(const char *name, const char *passphrase, const struct descriptor *after,
                              const struct descriptor *before) {
    struct share *share = open_share(name, passphrase);
    uint8_t sharing[32];
    cr_expect_eq(share_belongs(share, after), OK, "%s", err_detail());
    cr_expect_eq(share_belongs(share, before), ERR_STALE);
    cr_expect_eq(share->generation, 2);
    share_sharing(after, sharing);
    cr_expect_arr_eq(share->sharing, sharing, sizeof sharing);
    secret_free(share);
}

Test(ceremony_refresh, gives_every_holder_a_new_share_of_the_same_key) {
    struct descriptor before, after;
    cr_assert_eq(open_descriptor("in-force", &before), OK);
    done("refresh $A --overlap-days 3 " GIVEN(1) GIVEN(3));
    cr_expect_eq(open_descriptor("auth/descriptor", &after), ERR_SIGNATURE, "the holders have not accepted yet");
    done(ACCEPT(1) GIVEN(1) GIVEN(3));
    done(ACCEPT(2) GIVEN(3) GIVEN(1)); // gave nothing itself
    cr_assert_eq(open_descriptor("auth/descriptor", &after), OK, "%s", err_detail());
    done(ACCEPT(3) GIVEN(1) GIVEN(3));
    cr_expect_eq(after.version, before.version + 1);
    cr_expect_eq(after.epoch, 1);
    cr_expect_eq(after.generation, 2);
    cr_expect_arr_eq(after.commitments[0], before.commitments[0], 32, "the key, and so every token, stays");
    cr_expect_neq(memcmp(after.commitments[1], before.commitments[1], 32), 0);
    cr_expect_eq(memcmp(after.slots, before.slots, sizeof after.slots), 0);
    cr_assert(after.has_previous);
    cr_expect_eq(after.previous.until, after.issued + 3 * 86400);
    cr_expect_eq(memcmp(after.previous.commitments, before.commitments, sizeof before.commitments), 0);
    expect_next_share("auth/holder-1/share.sealed.next", "first passphrase", &after, &before);
    expect_next_share("auth/holder-2/share.sealed.next", "second passphrase", &after, &before);
    expect_next_share("auth/holder-3/share.sealed.next", "third passphrase", &after, &before);
    cr_expect_not(is_there("auth/holder-1/share.sealed.inbox"), "its secret must not outlive the refresh");
    cr_expect_not(is_there("auth/holder-1/holder-1.inbox"));
    cr_expect(is_there("auth/descriptor.1"));
    refused("refresh $A " GIVEN(1) GIVEN(3), "is served until");
    done("redescribe $A --end-overlap");
    done("cosign --share auth/holder-1/share.sealed.next --passphrase-file h1.pass auth/descriptor");
    refused("cosign --share auth/holder-2/share.sealed --passphrase-file h2.pass auth/descriptor", "generation 1");
    done("cosign --share auth/holder-2/share.sealed.next --passphrase-file h2.pass auth/descriptor");
    cr_assert_eq(open_descriptor("auth/descriptor", &after), OK);
    cr_expect_not(after.has_previous);
    refused("redescribe $A --end-overlap", "one generation alone");
}

Test(ceremony_refresh, accept_goes_on_where_it_was_cut_off) {
    done("refresh $A " GIVEN(1) GIVEN(3));
    copy("auth/holder-1/share.sealed.inbox", "kept.inbox");
    copy("auth/descriptor", "kept.descriptor");
    done(ACCEPT(1) GIVEN(1) GIVEN(3));
    copy("auth/holder-1/share.sealed.next", "kept.next");
    copy("kept.inbox", "auth/holder-1/share.sealed.inbox"); // cut off before the inbox was destroyed
    done(ACCEPT(1) GIVEN(1) GIVEN(3));
    cr_expect_not(is_there("auth/holder-1/share.sealed.inbox"));
    copy("kept.inbox", "auth/holder-1/share.sealed.inbox"); // cut off before it was signed
    copy("kept.descriptor", "auth/descriptor");
    done(ACCEPT(1) GIVEN(1) GIVEN(3));
    struct buf again = get_file("auth/holder-1/share.sealed.next"), first = get_file("kept.next");
    cr_expect(bytes_equal(buf_bytes(&again), buf_bytes(&first)), "the share that was made is kept");
    buf_free(&again);
    buf_free(&first);
    copy("auth/holder-1/share.sealed", "auth/holder-1/share.sealed.next"); // another share lies there
    refused(ACCEPT(1) GIVEN(1) GIVEN(3), "is there already, and is another share");
}

Test(ceremony_refresh, the_authoritys_act_can_be_repeated_after_a_crash) {
    copy("auth/descriptor", "auth/descriptor.1"); // cut off between the two files
    done("refresh $A " GIVEN(1) GIVEN(3));
    copy("in-force", "auth/descriptor");
    put_file("auth/descriptor.1", 0644, bytes_str("something else\n"));
    refused("refresh $A " GIVEN(1) GIVEN(3), "descriptor.1");
}

Test(ceremony_refresh, takes_at_least_t_contributions_of_different_holders) {
    refused("refresh $A " GIVEN(1), "1 contributions: 2 are needed");
    refused("refresh $A " GIVEN(1) GIVEN(1), "a second one of holder 1");
    refused("refresh $A " GIVEN(1) "nowhere", "nowhere");
    alter_file("auth/holder-3/holder-3.contribution-2", "\"epoch\": 1", "\"epoch\": 2");
    refused("refresh $A " GIVEN(1) GIVEN(3), "no good signature of demo-holder-3");
    refused("refresh $A " GIVEN(1) "auth/descriptor", "auth/descriptor");
}

Test(ceremony_refresh, refuses_contributions_that_do_not_go_together) {
    cr_assert_eq(unlink(in_dir("auth/holder-2/holder-2.inbox")), 0);
    cr_assert_eq(unlink(in_dir("auth/holder-2/share.sealed.inbox")), 0);
    done("inbox " SIDE(2) "--kdf interactive"); // another one
    done("contribute " SIDE(2) INBOXES);
    refused("refresh $A " GIVEN(1) GIVEN(2), "sealed to other inboxes");
    done("refresh $A " GIVEN(1) GIVEN(3)); // but holder 2 has thrown its inbox away
    refused(ACCEPT(2) GIVEN(1) GIVEN(3), "made for another inbox");
    refused(ACCEPT(1) GIVEN(1) GIVEN(2), "sealed to other inboxes");
    refused("accept " SIDE(1) "--descriptor in-force " GIVEN(1) GIVEN(3), "is not made of these contributions");
    copy("auth/descriptor", "in-force");
    done("redescribe $A");
    refused("accept " SIDE(1) "--descriptor auth/descriptor " GIVEN(1) GIVEN(3), "in-force"); // not in force yet
}

Test(ceremony_refresh, needs_one_inbox_of_every_holder) {
    static const char *const words = "exactly one of each of the 3 holders";
    cr_assert_eq(unlink(in_dir("auth/holder-1/holder-1.contribution-2")), 0);
    refused("contribute " SIDE(1) INBOX(1) INBOX(2), words);
    refused("contribute " SIDE(1) INBOX(1) INBOX(2) INBOX(2), "a second inbox of holder 2");
    refused("contribute " SIDE(1) INBOX(1) INBOX(2) "in-force", "in-force");
    refused("contribute " SIDE(3) INBOXES, "is there already");
    refused("inbox " SIDE(1), "an inbox is open already");
    alter_file("auth/holder-2/holder-2.inbox", "\"generation\": 1", "\"generation\": 7");
    refused("contribute " SIDE(1) INBOXES, "no good signature of demo-holder-2");
}

Test(ceremony_refresh, a_holder_acts_with_its_own_share_of_the_descriptor_in_force_alone) {
    refused("inbox --trust auth/trust --present in-force", "--share is needed");
    refused("inbox --share auth/holder-1/share.sealed --present in-force", "--trust is needed");
    refused("inbox --share auth/holder-1/share.sealed --trust auth/trust", "--present is needed");
    refused(
        "inbox --share auth/holder-1/share.sealed --trust auth/trust --present in-force --passphrase-file wrong.pass",
        "passphrase is wrong");
    done("init --scheme demo --passphrase-file auth.pass --kdf interactive other");
    done("deal --dir other --passphrase-file auth.pass -t 2 -n 3 --matching matching.json --kdf interactive "
         "--holder https://a:1 --holder https://b:1 --holder https://c:1 --index https://d:1 "
         "--holder-passphrase-file h1.pass --holder-passphrase-file h2.pass --holder-passphrase-file h3.pass");
    refused("inbox --share other/holder-1/share.sealed --trust auth/trust --present in-force --passphrase-file h1.pass",
            "does not belong to in-force");
    refused("inbox --share auth/holder-1/share.sealed --trust other/trust --present in-force --passphrase-file h1.pass",
            "signature");
}

Test(ceremony_deal, makes_nothing_to_refresh_where_one_holder_is_enough) {
    done("deal $A -t 1 -n 1 --matching matching.json --kdf interactive --holder https://h1.example:1 "
         "--index https://index.example:4 --holder-passphrase-file h1.pass");
    copy("auth/descriptor", "in-force");
    done("inbox " SIDE(1) "--kdf interactive");
    refused("contribute " SIDE(1) INBOX(1), "2 to n holders");
}

// A rotation: the authority deals a new key into the inboxes.

#define SHARES "auth/shares-2 "

Test(ceremony_refresh, a_rotation_gives_every_holder_a_share_of_a_new_key) {
    struct descriptor before, after;
    cr_assert_eq(open_descriptor("in-force", &before), OK);
    done("rotate $A " INBOXES);
    done(ACCEPT(1) SHARES);
    refused(ACCEPT(2) SHARES GIVEN(1), "one file of shares");
    refused(ACCEPT(2) GIVEN(1), "not the authority's shares of epoch 2");
    done(ACCEPT(2) SHARES);
    done(ACCEPT(2) SHARES); // cut off and repeated
    cr_assert_eq(open_descriptor("auth/descriptor", &after), OK, "%s", err_detail());
    cr_expect_eq(after.epoch, 2);
    cr_expect_eq(after.generation, 1);
    cr_expect_neq(memcmp(after.commitments[0], before.commitments[0], 32), 0, "another key");
    cr_expect_neq(memcmp(after.slots[0].canary_token, before.slots[0].canary_token, TOKEN_SIZE), 0);
    cr_assert(descriptor_rotates(&after));
    cr_expect_eq(memcmp(after.previous.commitments, before.commitments, sizeof before.commitments), 0);
    cr_expect_eq(memcmp(after.previous.canary_tokens[1], before.slots[1].canary_token, TOKEN_SIZE), 0);
    struct share *share = open_share("auth/holder-2/share.sealed.next", "second passphrase");
    struct share *old = open_share("auth/holder-2/share.sealed", "second passphrase");
    cr_expect_eq(share_belongs(share, &after), OK, "%s", err_detail());
    cr_expect_eq(memcmp(share->note_seed, old->note_seed, sizeof share->note_seed), 0, "it signs as it did");
    secret_free(share);
    secret_free(old);
    refused("refresh $A " GIVEN(1) GIVEN(3), "end that rotation first");
    refused("rotate $A " INBOX(3) INBOX(3) INBOX(3), "end that rotation first");
    done("redescribe $A --end-rotation");
    refused("redescribe $A --end-rotation", "one epoch alone");
    done("cosign --share auth/holder-1/share.sealed.next --passphrase-file h1.pass auth/descriptor");
    done("cosign --share auth/holder-2/share.sealed.next --passphrase-file h2.pass auth/descriptor");
    cr_assert_eq(open_descriptor("auth/descriptor", &after), OK, "%s", err_detail());
    cr_assert_eq(after.retired_count, 1);
    cr_expect_eq(after.retired[0].epoch, 1);
    cr_expect_not(after.has_previous);
}

Test(ceremony_refresh, a_rotation_needs_every_inbox_and_its_own_shares) {
    refused("rotate $A " INBOX(1) INBOX(2), "exactly one of each of the 3 holders");
    refused("rotate " INBOXES, "--dir is needed");
    done("rotate $A " INBOXES);
    alter_file("auth/shares-2", "\"epoch\": 2", "\"epoch\": 3");
    refused(ACCEPT(1) SHARES, "no good signature of demo-authority");
    cr_expect_not(is_there("auth/holder-1/share.sealed.next"));
}
