// SPDX-License-Identifier: Apache-2.0
// The rules of the configuration over what was asked and changed: journal records go in, in order, and findings come
// out. No thread, no clock and no store: time is that of the records. One thread at a time.
//
// What is counted stands in memory alone, in tables of fixed size: what does not fit is counted as passed over. Nobody
// is found twice in a day (UTC) by one rule; alerts that the journal holds already count for that, so that reading a
// day's records once more finds nothing again. A finding names an account and numbers, never anything of a child.
#ifndef INDEXD_ALERT_RULES_H
#define INDEXD_ALERT_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "indexd/record.h"
#include "proto/account.h"

// The numbers of the configuration; those of the rules come first, and 0 turns a rule off.
enum alert_number {
    ALERT_VOLUME,   // children asked about in an hour by one asker, above which it is alerted
    ALERT_UNUSUAL,  // the same, as a multiple of the asker's mean hour with questions, of the 7 days before
    ALERT_NO,       // answers "no" in a row
    ALERT_MANY,     // agencies that asked about one child in a day
    ALERT_AGAIN,    // times that one asker asked about one child in a day
    ALERT_WITHDRAW, // hours within which a record was opened and withdrawn
    ALERT_GUESSES,  // children in an hour that differ from one asked about before in one detail
    ALERT_HOURS,    // the hour (UTC) at which work ends: a person asked outside the working hours
    ALERT_RULES,
    ALERT_HOURS_FROM = ALERT_RULES, // the hour at which it begins
    ALERT_WEEKDAYS,                 // days of work, from Monday on
    ALERT_NUMBERS,
};

#define FOUND_SIZE 128

struct finding {
    enum alert_number rule;
    char account[ACCOUNT_NAME_SIZE]; // who asked; "": many did
    char found[FOUND_SIZE];
    uint64_t cause; // the record
};

struct alert_rules;

// `sure_slots` has a bit for each slot of the scheme that tells one child for sure. ERR_MEMORY.
err_t alert_rules_new(const int64_t numbers[ALERT_NUMBERS], uint32_t sure_slots, struct alert_rules **out);
void alert_rules_free(struct alert_rules *rules); // NULL is harmless

// What records before the one of this number hold is counted, and nothing is found in them.
void alert_rules_find_from(struct alert_rules *rules, uint64_t record);
void alert_rules_take(struct alert_rules *rules, const struct record *record);
// The oldest finding that is not yet in the journal, or false; alert_rules_drop takes it away.
bool alert_rules_first(const struct alert_rules *rules, struct finding *out);
void alert_rules_drop(struct alert_rules *rules);
// What found no room: askers, children and findings.
uint64_t alert_rules_passed_over(const struct alert_rules *rules);

const char *alert_rule_name(enum alert_number rule);

#endif
