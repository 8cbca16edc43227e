// SPDX-License-Identifier: Apache-2.0
// What two clients must have in common to find each other's children, as one hash: the rules, the tables, the Unicode
// version, and the values of a panel of specimens. The panel makes a change of code show that no table shows.
#include "client/match_keys.h"

#include <openssl/evp.h>

#include "client/address.h"
#include "client/fold.h"
#include "client/forenames.h"
#include "client/names.h"

// In the order of enum identity_field. None is a person; the numbers begin 999, which is kept for tests.
static const char *const panel[][IDENTITY_FIELD_COUNT] = {
    {"Katie", "O'Brien", "2014-03-09", "999 000 0018", "", "LS1 4AP", "Flat 2, 14 Mill Lane"},
    {"Mohammed Bilal", "Khan", "01/12/2009", "", "H801200001001", "", ""},
    {"Fatima", "Begum", "2011-05-30", "", "", "B11 1AA", "3 Stratford Rd"},
    {"Simran Kaur", "Gill", "2016-10-02", "", "", "", ""},
    {"Jagdeep", "Singh Sandhu", "2012-02-29", "", "", "", ""},
    {"Ol\u00fawas\u00e9un", "Ad\u00e9b\u00e1y\u00f2", "2015-07-21", "", "", "SE15 5EB", ""},
    {"Micha\u0142", "Wi\u015bniewski", "2013-11-04", "", "", "", ""},
    {"\u0218tefan", "P\u0103unescu-\u021aurcanu", "2010-08-16", "", "", "", ""},
    {"Xin Yi", "Zhang", "2017-01-19", "", "", "", ""},
    {"Se\u00e1n", "Mac Giolla Phadraig", "2008-06-11", "", "", "", ""},
    {"Thorbj\u00f8rn \u00c6sa", "Wei\u00dfm\u00fcller", "2018-04-25", "", "", "", ""},
    {"\u0410\u043d\u043d\u0430", "\u0418\u0432\u0430\u043d\u043e\u0432\u0430", "2014-09-13", "", "", "", ""},
    {"\u0645\u064f\u062d\u064e\u0645\u0651\u062f", "\u0639\u0644\u064a", "2019-12-31", "", "", "", ""},
    {"\u5f20\u4f1f", "\u738b", "2012-07-07", "", "", "", ""},
    {"Baby Girl", "Smith-Jones", "2020-02-02", "999 000 0026", "", "ZZ99 3WZ", ""},
    {"Master Alexander James", "Taylor Jnr", "2007-03-03", "", "", "SW1A 1AA", "10 Downing Street"},
};

static err_t describe_specimen(const struct match_set *set, const char *const fields[], struct buf *out) {
    struct identity identity = {0};
    struct normal_identity normal;
    struct match_values values;
    err_t err = OK;
    for (size_t i = 0; i < IDENTITY_FIELD_COUNT && err == OK; i++) {
        err = identity_set(&identity, (enum identity_field)i, fields[i]);
    }
    if (err == OK) {
        err = identity_normalise(&identity, &normal);
    }
    if (err != OK) {
        return err;
    }
    err = match_values_of(set, &normal, &values);
    if (err != OK) {
        return err;
    }
    for (size_t i = 0; i < set->slot_count; i++) {
        buf_printf(out, "%s %s\n", set->slots[i].name, values.value[i]);
    }
    match_values_free(&values);
    return OK;
}

static err_t describe(const struct match_set *set, struct buf *out) {
    buf_printf(out, "signpost matching 1 %s\n", set->name);
    match_set_describe(set, out);
    fold_describe(out);
    names_describe(out);
    forenames_describe(out);
    address_describe(out);
    for (size_t i = 0; i < sizeof(panel) / sizeof(panel[0]); i++) {
        err_t err = describe_specimen(set, panel[i], out);
        if (err != OK) {
            return err_prefix(err, "specimen %zu", i + 1);
        }
    }
    return buf_check(out);
}

err_t match_set_digest(const struct match_set *set, uint8_t out[32]) {
    struct buf text = {0};
    err_t err = describe(set, &text);
    if (err == OK && EVP_Digest(text.data, text.len, out, NULL, EVP_sha256(), NULL) != 1) {
        err = err_set(ERR_CRYPTO, "SHA-256 failed");
    }
    buf_free(&text);
    return err;
}
