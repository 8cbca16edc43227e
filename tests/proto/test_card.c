// SPDX-License-Identifier: Apache-2.0
// Keys on a smartcard: SoftHSM's tokens through a module that has the moods of real cards
// (tests/support/moody_token.c).
#include "proto/card.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/card_client.h"
#include "tests/proto/http_fixture.h"
#include "tests/support/softhsm.h"

#define LABEL "Jo Smith"
#define PATIENCE_MS 10000

static struct softhsm hsm;
static struct fixture *fixture;
static char mood_path[128], logins_path[128], uri[512];

// The person: what is typed, one PIN after the other, and what was asked.
static struct {
    const char *pins[4];
    size_t asked;
    struct card_question last;
} person;

static err_t type_pin(void *ctx, const struct card_question *question, char *out, size_t size) {
    (void)ctx;
    person.last = *question;
    const char *pin = person.pins[person.asked++];
    if (pin == NULL) {
        return err_set(ERR_UNAVAILABLE, "no answer from the terminal");
    }
    memset(out, 0, size);
    memcpy(out, pin, strlen(pin));
    return OK;
}

static const struct card_pin asker = {.ask = type_pin};

static void write_text(const char *path, const char *text, mode_t mode) {
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    cr_assert_geq(fputs(text, file), 0);
    cr_assert_eq(fclose(file), 0);
    cr_assert_eq(chmod(path, mode), 0);
}

static void mood(const char *word) {
    write_text(mood_path, word, 0600);
}

static long logins(void) {
    struct stat status;
    return stat(logins_path, &status) == 0 ? (long)status.st_size : 0;
}

static void in_dir(const char *name, char out[128]) {
    snprintf(out, 128, "%s/%s", hsm.dir, name);
}

// "pkcs11:WHAT?module-path=...", in a text of its own that lasts until the next call.
static const char *named(const char *what) {
    static char text[512];
    snprintf(text, sizeof text, "pkcs11:%s?module-path=%s", what, getenv("MOODY_MODULE"));
    return text;
}

static void begin(void) {
    softhsm_open(&hsm);
    cr_assert_not_null(getenv("MOODY_MODULE"), "run by `meson test`");
    in_dir("mood", mood_path);
    in_dir("logins", logins_path);
    cr_assert_eq(setenv("MOODY_TOKEN", mood_path, 1), 0);
    cr_assert_eq(setenv("MOODY_LOGINS", logins_path, 1), 0);
    cr_assert_eq(setenv("MOODY_REAL", hsm.module, 1), 0);
    softhsm_token(&hsm, LABEL);
    softhsm_key(&hsm, LABEL, "EC:prime256v1", "01", "authentication");
    snprintf(uri, sizeof uri, "%s", named("token=Jo%20Smith;object=authentication"));
    struct http_settings settings = fixture_settings();
    fixture = fixture_start(&settings);
    person.pins[0] = SOFTHSM_PIN;
}

static void end(void) {
    if (fixture != NULL) {
        fixture_stop(fixture);
        softhsm_close(&hsm);
    }
}

TestSuite(card, .init = begin, .fini = end, .timeout = 60);

static void refuses(const char *text, err_t expected, const char *says) {
    struct card *card = NULL;
    cr_expect_eq(card_open(text, asker, &card), expected, "%s: %s", text, err_detail());
    cr_expect_not_null(strstr(err_detail(), says), "\"%s\" instead of \"%s\"", err_detail(), says);
    cr_expect_null(strstr(err_detail(), SOFTHSM_PIN));
    cr_expect_null(card);
}

static struct card *opened(const char *text) {
    struct card *card = NULL;
    cr_assert_eq(card_open(text, asker, &card), OK, "%s", err_detail());
    return card;
}

// A client certificate for the key on the card.
static const char *certify(const char *text, const char *identity) {
    struct card *card = opened(text);
    EVP_PKEY *key = NULL;
    cr_assert_eq(card_public_key(card, &key), OK, "%s", err_detail());
    const char *path = pki_certify(fixture->pki, "carded", &(struct pki_wish){.uris = {identity}, .client = true}, key);
    EVP_PKEY_free(key);
    card_free(card);
    person.asked = 0;
    return path;
}

static err_t new_client(const char *certificate, const char *key, struct http_client **out) {
    const struct http_client_settings settings = {.ca = fixture->client_files.ca,
                                                  .certificate = certificate,
                                                  .key = key,
                                                  .connect_timeout_ms = PATIENCE_MS,
                                                  .timeout_ms = PATIENCE_MS};
    return card_client_new(&settings, asker, out);
}

static struct http_exchange exchange_of(struct http_client *client, const char *path) {
    static char base[64];
    snprintf(base, sizeof base, "https://127.0.0.1:%u", http_server_port(fixture->server));
    struct http_exchange exchange = {.base = base, .path = path};
    http_client_run(client, &exchange, 1);
    buf_put_u8(&exchange.reply, 0);
    return exchange;
}

static void is_agency(struct http_client *client) {
    struct http_exchange exchange = exchange_of(client, "/who");
    cr_expect_eq(exchange.err, OK, "%s", exchange.detail);
    cr_expect_str_eq((const char *)exchange.reply.data, "\"" AGENCY "\"");
    buf_free(&exchange.reply);
}

static void asks_nothing(struct http_client *client, const char *says) {
    struct http_exchange exchange = exchange_of(client, "/who");
    cr_expect_eq(exchange.err, ERR_CARD, "%d: %s", (int)exchange.err, exchange.detail);
    cr_expect_eq(exchange.status, 0);
    cr_expect_not_null(strstr(exchange.detail, says), "%s", exchange.detail);
    buf_free(&exchange.reply);
}

Test(card, shows_the_certificate_whose_key_it_holds) {
    struct http_client *client = NULL;
    const char *certificate = certify(uri, AGENCY);
    cr_assert_eq(new_client(certificate, uri, &client), OK, "%s", err_detail());
    cr_expect_str_eq(person.last.label, LABEL);
    cr_expect_not(person.last.again || person.last.last_try || person.last.on_reader);
    is_agency(client);
    is_agency(client);
    http_client_free(client);
    cr_expect_eq(person.asked, 1);
}

Test(card, shows_the_certificate_that_lies_on_it) {
    struct http_client *client = NULL;
    softhsm_certificate(&hsm, LABEL, "01", certify(uri, AGENCY));
    char other[512];
    snprintf(other, sizeof other, "%s", named("token=Jo%20Smith;id=%01"));
    cr_assert_eq(new_client(other, uri, &client), OK, "%s", err_detail());
    is_agency(client);
    http_client_free(client);
    // Each wants the other: the key on the card, the certificate on the same one.
    client = NULL;
    person.asked = 0;
    cr_expect_eq(new_client(other, fixture->client_files.key, &client), ERR_INPUT);
    cr_expect_eq(new_client(named("token=Other;id=%01"), uri, &client), ERR_INPUT);
    cr_expect_not_null(strstr(err_detail(), "another card"), "%s", err_detail());
    person.asked = 0;
    cr_expect_eq(new_client(named("token=Jo%20Smith;id=%09"), uri, &client), ERR_INPUT);
    cr_expect_not_null(strstr(err_detail(), "no certificate"), "%s", err_detail());
    cr_expect_null(client);
}

Test(card, ends_when_it_is_taken_out_and_does_not_begin_again_by_itself) {
    struct http_client *client = NULL;
    const char *certificate = certify(uri, AGENCY);
    cr_assert_eq(new_client(certificate, uri, &client), OK, "%s", err_detail());
    is_agency(client);
    mood("removed");
    asks_nothing(client, "taken out");
    mood("well");
    asks_nothing(client, "taken out");
    http_client_free(client);
    // Back in its reader, it wants its PIN again.
    person.pins[1] = SOFTHSM_PIN;
    cr_assert_eq(new_client(certificate, uri, &client), OK, "%s", err_detail());
    cr_expect_eq(person.asked, 2, "asked %zu times", person.asked);
    http_client_free(client);
}

// The same without a mood: SoftHSM's own token is moved away.
Test(card, ends_when_the_token_is_gone_from_its_place) {
    struct http_client *client = NULL;
    const char *certificate = certify(uri, AGENCY);
    cr_assert_eq(new_client(certificate, uri, &client), OK, "%s", err_detail());
    is_agency(client);
    softhsm_take_out(&hsm);
    asks_nothing(client, "taken out");
    softhsm_put_in(&hsm);
    asks_nothing(client, "taken out");
    http_client_free(client);
}

Test(card, gone_between_two_handshakes_is_the_cards_fault_and_not_the_servers) {
    struct http_client *client = NULL;
    const char *certificate = certify(uri, AGENCY);
    cr_assert_eq(new_client(certificate, uri, &client), OK, "%s", err_detail());
    // One signature is good, the handshake's is not any more.
    mood("after-one");
    asks_nothing(client, "taken out");
    http_client_free(client);
}

Test(card, stays_logged_in_for_a_second_opening) {
    struct card *first = opened(uri), *second = opened(uri);
    cr_expect_eq(person.asked, 1);
    card_free(first);
    struct card *third = opened(uri);
    cr_expect_eq(person.asked, 1);
    card_free(second);
    card_free(third);
    cr_expect_eq(logins(), 1);
}

Test(card, asks_again_after_a_wrong_pin) {
    person.pins[0] = "1111";
    person.pins[1] = SOFTHSM_PIN;
    card_free(opened(uri));
    cr_expect_eq(person.asked, 2);
    cr_expect(person.last.again);
}

Test(card, gives_up_after_three_wrong_pins) {
    person.pins[0] = "1111";
    person.pins[1] = "2222";
    person.pins[2] = "3333";
    refuses(uri, ERR_CARD, "the PIN is wrong");
    cr_expect_eq(person.asked, 3);
    cr_expect_eq(logins(), 3);
}

Test(card, sends_no_wrong_pin_twice) {
    person.pins[0] = person.pins[1] = person.pins[2] = "1111";
    refuses(uri, ERR_CARD, "the PIN is wrong");
    cr_expect_eq(logins(), 1);
}

Test(card, says_that_nobody_gave_a_pin) {
    person.pins[0] = NULL;
    refuses(uri, ERR_CARD, "no PIN was given for the card \"Jo Smith\": no answer from the terminal");
    struct card *card = NULL;
    cr_expect_eq(card_open(uri, (struct card_pin){0}, &card), ERR_CARD);
    cr_expect_not_null(strstr(err_detail(), "nobody to ask"), "%s", err_detail());
    cr_expect_eq(logins(), 0);
}

Test(card, warns_of_the_last_try_and_asks_a_locked_card_nothing) {
    mood("final");
    card_free(opened(uri));
    cr_expect(person.last.last_try);
    mood("locked");
    refuses(uri, ERR_CARD, "locked after too many wrong ones");
    cr_expect_eq(person.asked, 1);
}

Test(card, leaves_the_pin_to_the_readers_own_keys) {
    mood("keypad");
    card_free(opened(uri));
    cr_expect(person.last.on_reader);
}

Test(card, takes_the_pin_from_a_file_once) {
    char path[128], text[700];
    in_dir("pin", path);
    write_text(path, SOFTHSM_PIN "\n", 0600);
    snprintf(text, sizeof text, "%s&pin-source=file:%s", uri, path);
    card_free(opened(text));
    cr_expect_eq(person.asked, 0);
    write_text(path, SOFTHSM_PIN "\n", 0640);
    refuses(text, ERR_DENIED, "chmod 600");
    write_text(path, "1111\n", 0600);
    refuses(text, ERR_CARD, "the PIN is wrong");
    cr_expect_eq(logins(), 2);
    mood("low");
    refuses(text, ERR_CARD, "not tried again");
    cr_expect_eq(logins(), 2);
    snprintf(text, sizeof text, "%s&pin-source=pin", uri);
    refuses(text, ERR_INPUT, "pin-source must be file:");
}

Test(card, says_which_card_is_missing) {
    refuses(named("token=Another"), ERR_CARD, "not the one that the configuration names");
    mood("removed");
    refuses(uri, ERR_CARD, "there is no card in a reader");
    cr_expect_eq(person.asked, 0);
}

Test(card, refuses_to_choose_between_two) {
    softhsm_key(&hsm, LABEL, "EC:prime256v1", "02", "authentication");
    refuses(uri, ERR_INPUT, "more than one private key");
    person.asked = 0;
    card_free(opened(named("token=Jo%20Smith;object=authentication;id=%02")));
    softhsm_token(&hsm, "Second");
    refuses(named("object=authentication"), ERR_INPUT, "2 cards fit");
    person.asked = 0;
    refuses(named("token=Jo%20Smith;object=nothing"), ERR_INPUT, "no private key");
}

Test(card, refuses_a_key_that_is_not_the_certificates) {
    struct http_client *client = NULL;
    cr_expect_eq(new_client(fixture->client_files.certificate, uri, &client), ERR_TLS);
    cr_expect_not_null(strstr(err_detail(), "does not belong to the certificate"), "%s", err_detail());
    struct tls_files files =
        pki_issue(fixture->pki, "edwards", &(struct pki_wish){.uris = {AGENCY}, .client = true, .ed25519 = true});
    person.asked = 0;
    cr_expect_eq(new_client(files.certificate, uri, &client), ERR_TLS);
    cr_expect_not_null(strstr(err_detail(), "not for a P-256 key"), "%s", err_detail());
    cr_expect_null(client);
}

Test(card, refuses_keys_that_a_scheme_does_not_use) {
    softhsm_key(&hsm, LABEL, "rsa:2048", "03", "old");
    refuses(named("token=Jo%20Smith;object=old"), ERR_TLS, "make a P-256 key");
    person.asked = 0;
    softhsm_key(&hsm, LABEL, "EC:secp384r1", "04", "long");
    refuses(named("token=Jo%20Smith;object=long"), ERR_TLS, "make a P-256 key");
    person.asked = 0;
    mood("always");
    refuses(uri, ERR_TLS, "asks for the PIN at every use");
}

Test(card, refuses_uris_that_are_wrong_or_tell_the_pin) {
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"pkcs11:token=Jo%20Smith?pin-value=" SOFTHSM_PIN, "holds a PIN"},
        {"pkcs11:token=%zz", "not valid"},
        {"pkcs11:nonsense", "not valid"},
        {"pkcs11:colour=green", "not known here"},
        {"pkcs11:token=Jo?module-path=softhsm.so", "must begin with a slash"},
        {"pkcs11:token=Jo?module-path=/nowhere/softhsm.so", "cannot be loaded"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        refuses(cases[i].text, ERR_INPUT, cases[i].says);
    }
    cr_expect_eq(person.asked, 0);
    cr_expect(card_is_named("pkcs11:") && !card_is_named("/etc/pkcs11:key.pem"));
    card_free(NULL);
}
