// SPDX-License-Identifier: Apache-2.0
#include "proto/status.h"

#include <criterion/criterion.h>
#include <string.h>

#include "proto/role.h"
#include "tests/proto/readers.h"

static const char whoami_text[] =
    "{\"identity\":\"urn:signpost:demo:agency:north:person:j-smith\",\"roles\":[\"practitioner\",\"auditor\"],"
    "\"time\":\"2026-11-22T10:37:00Z\",\"certificate_expires\":\"2027-11-22T00:00:00Z\","
    "\"entry_expires\":\"2027-01-01T00:00:00Z\",\"roster_expires\":\"2026-12-01T00:00:00Z\","
    "\"roster_version\":3,\"descriptor_version\":1}";
static const char scheme_text[] = "{\"scheme\":\"demo\",\"epochs\":[1],\"generation\":2,\"descriptor_version\":3,"
                                  "\"store_id\":\"AQIDBAUGBwgJCgsMDQ4PEA==\","
                                  "\"feeds\":{\"fresh\":2,\"total\":3,\"as_of\":\"2026-11-22T00:00:00Z\"}}";

static err_t reads_whoami(struct bytes text) {
    struct whoami whoami;
    struct whoami untouched;
    memset(&whoami, 0xa5, sizeof whoami);
    memset(&untouched, 0xa5, sizeof untouched);
    err_t err = whoami_read(text, &whoami);
    if (err != OK) {
        cr_assert(memcmp(&whoami, &untouched, sizeof whoami) == 0, "touched on failure");
        return err;
    }
    struct buf once = {0};
    struct whoami again;
    cr_assert_eq(whoami_write(&whoami, &once), OK);
    cr_assert_eq(whoami_read(buf_bytes(&once), &again), OK, "%s", err_detail());
    cr_assert_str_eq(again.identity, whoami.identity);
    cr_assert_eq(again.roles, whoami.roles);
    cr_assert_eq(again.entry_expires, whoami.entry_expires);
    buf_free(&once);
    return OK;
}

static err_t reads_scheme(struct bytes text) {
    struct scheme_status status;
    struct scheme_status untouched;
    memset(&status, 0xa5, sizeof status);
    memset(&untouched, 0xa5, sizeof untouched);
    err_t err = scheme_status_read(text, &status);
    if (err != OK) {
        cr_assert(memcmp(&status, &untouched, sizeof status) == 0, "touched on failure");
        return err;
    }
    struct buf once = {0};
    struct scheme_status again;
    cr_assert_eq(scheme_status_write(&status, &once), OK);
    cr_assert_eq(scheme_status_read(buf_bytes(&once), &again), OK, "%s", err_detail());
    cr_assert_str_eq(again.scheme, status.scheme);
    cr_assert_eq(again.feeds_fresh, status.feeds_fresh);
    buf_free(&once);
    return OK;
}

Test(status, whoami_is_read_and_written_again) {
    struct whoami whoami;
    cr_assert_eq(whoami_read(bytes_str(whoami_text), &whoami), OK, "%s", err_detail());
    cr_expect_str_eq(whoami.identity, "urn:signpost:demo:agency:north:person:j-smith");
    cr_expect_eq(whoami.roles, (unsigned)(ROLE_PRACTITIONER | ROLE_AUDITOR));
    cr_expect_eq(whoami.time, 1795343820);
    cr_expect_eq(whoami.certificate_expires, 1826841600);
    cr_expect_eq(whoami.entry_expires, 1798761600);
    cr_expect_eq(whoami.roster_expires, 1796083200);
    cr_expect_eq(whoami.roster_version, 3);
    cr_expect_eq(whoami.descriptor_version, 1);
    struct buf out = {0};
    cr_assert_eq(whoami_write(&whoami, &out), OK);
    cr_expect_str_eq(buf_str(&out), whoami_text);
    buf_free(&out);
}

Test(status, whoami_says_until_when_vetting_and_training_last) {
    struct buf text = replaced(whoami_text, "\"descriptor_version\":1}",
                               "\"descriptor_version\":1,\"vetting_expires\":\"2026-12-24T00:00:00Z\","
                               "\"training_expires\":\"2026-12-25T00:00:00Z\"}");
    struct whoami whoami;
    cr_assert_eq(whoami_read(buf_bytes(&text), &whoami), OK, "%s", err_detail());
    cr_expect_eq(whoami.training_expires - whoami.vetting_expires, 86400);
    struct buf out = {0};
    cr_assert_eq(whoami_write(&whoami, &out), OK);
    cr_expect_str_eq(buf_str(&out), buf_str(&text));
    buf_free(&out);
    buf_free(&text);
}

Test(status, whoami_is_refused_when_any_part_is_wrong) {
    static const struct refusal rows[] = {
        {"urn:signpost", "urn:other", "\"identity\": not an identity"},
        {"j-smith", "J", "\"identity\": not an identity"},
        {"\"roles\":[\"practitioner\",\"auditor\"],", "", "\"roles\": is missing"},
        {"[\"practitioner\",\"auditor\"]", "[]", "\"roles\": must be at least one"},
        {"\"auditor\"", "\"practitioner\"", "roles[1]: repeated"},
        {"\"auditor\"", "\"boss\"", "roles[1]: must be one of agency, practitioner"},
        {"\"auditor\"", "5", "roles[1]: must be one of"},
        {"2026-11-22T10:37:00Z", "2026-11-22 10:37:00", "\"time\": must be a time"},
        {"2027-11-22T00:00:00Z", "", "\"certificate_expires\": must be a time"},
        {"\"2027-01-01T00:00:00Z\"", "1798761600", "\"entry_expires\": must be a time"},
        {"\"roster_expires\":\"2026-12-01T00:00:00Z\",", "", "\"roster_expires\": is missing"},
        {"\"roster_version\":3", "\"roster_version\":0", "\"roster_version\": must be 1 or more"},
        {"\"descriptor_version\":1", "\"descriptor_version\":0", "\"descriptor_version\": must be 1 or more"},
        {"\"descriptor_version\":1", "\"descriptor_version\":9007199254740992", "\"descriptor_version\": must be a"},
        {"{", "{\"name\":\"x\",", "known are: identity"},
    };
    refuses_each(whoami_text, rows, sizeof rows / sizeof rows[0], reads_whoami);
}

Test(status, scheme_is_read_and_written_again) {
    struct scheme_status status;
    cr_assert_eq(scheme_status_read(bytes_str(scheme_text), &status), OK, "%s", err_detail());
    cr_expect_str_eq(status.scheme, "demo");
    cr_expect_eq(status.epochs.count, 1);
    cr_expect_eq(status.epochs.numbers[0], 1);
    cr_expect_eq(status.generation, 2);
    cr_expect_eq(status.descriptor_version, 3);
    cr_expect_eq(status.store_id[15], 16);
    cr_expect_eq(status.feeds_fresh, 2);
    cr_expect_eq(status.feeds_total, 3);
    cr_expect_eq(status.feeds_as_of, 1795305600);
    struct buf out = {0};
    cr_assert_eq(scheme_status_write(&status, &out), OK);
    cr_expect_str_eq(buf_str(&out), scheme_text);
    buf_free(&out);
}

Test(status, scheme_is_refused_when_any_part_is_wrong) {
    static const struct refusal rows[] = {
        {"\"demo\"", "\"demo scheme\"", "\"scheme\": must be an id"},
        {"\"scheme\":\"demo\",", "", "\"scheme\": is missing"},
        {"\"epochs\":[1]", "\"epochs\":[]", "\"epochs\": must be 1 to 2"},
        {"\"epochs\":[1]", "\"epochs\":[4294967296]", "epochs"},
        {"\"generation\":2", "\"generation\":0", "\"generation\": must be 1 or more"},
        {"\"descriptor_version\":3", "\"descriptor_version\":0", "\"descriptor_version\": must be 1 or more"},
        {"EA==", "EB==", "\"store_id\": must be 16 bytes in base64"},
        {"{\"fresh\":2,\"total\":3,\"as_of\":\"2026-11-22T00:00:00Z\"}", "[]", "\"feeds\": must be an object"},
        {"\"fresh\":2,", "", "\"feeds\": field \"fresh\": is missing"},
        {"\"fresh\":2", "\"fresh\":4", "\"feeds\": field \"fresh\": more than total"},
        {"\"total\":3", "\"total\":-3", "\"feeds\": field \"total\": must be a number"},
        {"2026-11-22T", "2026-13-22T", "\"feeds\": field \"as_of\": must be a time"},
        {"\"fresh\"", "\"late\":1,\"fresh\"", "\"feeds\": a field that is not known here"},
        {"{", "{\"uptime\":1,", "known are: scheme"},
    };
    refuses_each(scheme_text, rows, sizeof rows / sizeof rows[0], reads_scheme);
}

Test(status, survives_mutations) {
    survives_mutations(whoami_text, 5000, reads_whoami);
    survives_mutations(scheme_text, 5000, reads_scheme);
    survives_noise(whoami_text, reads_whoami);
    survives_noise(scheme_text, reads_scheme);
}
