// SPDX-License-Identifier: Apache-2.0
#include "indexd/alert_rules.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "indexd/tally.h"

#define HOUR_S 3600
#define DAY_S 86400
#define DAYS 8            // remembered of an asker: today and 7 before
#define UNUSUAL_LEAST 20  // children in an hour, below which nothing is unusual
#define SETS_MAX 32       // children that an asker's next ones are compared with
#define SET_TAGS 8        // compared of each
#define ASKERS_MAX 65536  // in 8 days
#define SEEN_SIZE 1048576 // children by asker, by agency and alone, in a day
#define OPENED_SIZE 131072
#define FINDINGS_MAX 256

struct tag_set { // of a child that was asked about
    int64_t at_s;
    bool varies; // from an earlier one
    uint8_t count;
    uint8_t slots[SET_TAGS];
    uint64_t tags[SET_TAGS];
};

struct asker { // a person, or an agency's system for nobody
    uint64_t key;
    int64_t hour, day; // since 1970, of the last question
    uint32_t hour_children;
    struct {
        int64_t day;
        uint32_t children, hours;
    } days[DAYS];
    uint32_t no_run;
    int64_t alerted[ALERT_RULES]; // the day on which it was
    struct tag_set *sets;         // a ring; NULL: none yet
    size_t set_next;
};

struct alert_rules {
    int64_t numbers[ALERT_NUMBERS];
    uint32_t sure_slots;
    uint8_t key[crypto_shorthash_KEYBYTES];
    int64_t now_s, day;
    uint64_t first; // record; before it nothing is found
    struct asker *askers;
    size_t asker_count, asker_cap;
    struct tally asker_at;              // places in `askers`, from 1
    struct tally seen;                  // of today
    struct tally opened, opened_before; // hours since 1970 at which records were opened
    int64_t opened_since;               // the hour
    struct finding findings[FINDINGS_MAX];
    size_t finding_count;
    uint64_t passed_over;
};

struct sight { // what a rule looks at
    struct alert_rules *rules;
    const struct record *record;
    struct asker *asker;
    bool question; // about children, not a system's routine one about its own caseload
    char *found;
};

// ---- keys

enum key_kind { KEY_ASKER, KEY_AGAIN, KEY_AGENCY, KEY_CHILD, KEY_OPENED };

static uint64_t key_of(const struct alert_rules *rules, enum key_kind kind, const char *name, uint64_t tag) {
    uint8_t text[1 + sizeof tag + ACCOUNT_NAME_SIZE] = {(uint8_t)kind};
    uint64_t key = 0;
    const size_t len = strnlen(name, ACCOUNT_NAME_SIZE);
    memcpy(text + 1, &tag, sizeof tag);
    memcpy(text + 1 + sizeof tag, name, len);
    (void)crypto_shorthash((uint8_t *)&key, text, 1 + sizeof tag + len, rules->key);
    return key;
}

// One more of the key; 0: no room.
static uint32_t count(struct alert_rules *rules, uint64_t key) {
    uint32_t *value = tally_at(&rules->seen, key);
    rules->passed_over += value == NULL ? 1 : 0;
    return value == NULL ? 0 : ++*value;
}

static struct asker *asker_get(struct alert_rules *rules, const char *account) {
    const uint64_t key = key_of(rules, KEY_ASKER, account, 0);
    uint32_t at = tally_of(&rules->asker_at, key);
    if (at > 0) {
        return &rules->askers[at - 1];
    }
    if (rules->asker_count == rules->asker_cap && rules->asker_cap < ASKERS_MAX) {
        const size_t cap = rules->asker_cap == 0 ? 64 : rules->asker_cap * 2;
        struct asker *grown = realloc(rules->askers, cap * sizeof *grown);
        if (grown != NULL) {
            rules->askers = grown;
            rules->asker_cap = cap;
        }
    }
    uint32_t *place = rules->asker_count < rules->asker_cap ? tally_at(&rules->asker_at, key) : NULL;
    if (place == NULL) {
        rules->passed_over++;
        return NULL;
    }
    struct asker *asker = &rules->askers[rules->asker_count++];
    *asker = (struct asker){.key = key, .day = rules->day};
    *place = (uint32_t)rules->asker_count;
    return asker;
}

// Those who have not asked for a week make room.
static void drop_idle(struct alert_rules *rules) {
    size_t kept = 0;
    tally_clear(&rules->asker_at);
    for (size_t i = 0; i < rules->asker_count; i++) {
        struct asker *asker = &rules->askers[i];
        uint32_t *place = asker->day + DAYS > rules->day ? tally_at(&rules->asker_at, asker->key) : NULL;
        if (place == NULL) {
            free(asker->sets);
            continue;
        }
        rules->askers[kept] = *asker;
        *place = (uint32_t)++kept;
    }
    rules->asker_count = kept;
}

static void begin_day(struct alert_rules *rules, int64_t day) {
    if (day > rules->day) {
        rules->day = day;
        tally_clear(&rules->seen);
        drop_idle(rules);
    }
}

static void add_children(struct alert_rules *rules, struct asker *asker, uint32_t children) {
    const int64_t hour = rules->now_s / HOUR_S;
    const size_t at = (size_t)(rules->day % DAYS);
    asker->day = rules->day;
    if (asker->days[at].day != rules->day) {
        asker->days[at].day = rules->day;
        asker->days[at].children = 0;
        asker->days[at].hours = 0;
    }
    if (asker->hour != hour) {
        asker->hour = hour;
        asker->hour_children = 0;
    }
    asker->days[at].hours += asker->hour_children == 0 && children > 0 ? 1 : 0;
    asker->days[at].children += children;
    asker->hour_children += children;
}

// ---- the rules; each says what it found

static bool volume(struct sight *sight, int64_t most) {
    (void)snprintf(sight->found, FOUND_SIZE, "%u children in an hour, more than %lld", sight->asker->hour_children,
                   (long long)most);
    return sight->record->kind == RECORD_QUESTION && sight->asker->hour_children > most;
}

static bool unusual(struct sight *sight, int64_t times) {
    const struct asker *asker = sight->asker;
    uint64_t children = 0;
    uint64_t hours = 0;
    for (size_t i = 0; i < DAYS; i++) {
        const bool before = asker->days[i].day < sight->rules->day && asker->days[i].day + DAYS > sight->rules->day;
        children += before ? asker->days[i].children : 0;
        hours += before ? asker->days[i].hours : 0;
    }
    (void)snprintf(sight->found, FOUND_SIZE, "%u children in an hour, more than %lld times the mean of the week before",
                   asker->hour_children, (long long)times);
    return sight->record->kind == RECORD_QUESTION && hours > 0 && asker->hour_children >= UNUSUAL_LEAST &&
           asker->hour_children * hours > (uint64_t)times * children;
}

static bool no_row(struct sight *sight, int64_t most) {
    uint32_t longest = 0;
    for (size_t i = 0; sight->question && i < sight->record->count; i++) {
        if (!sight->record->children[i].canary) {
            uint32_t *run = &sight->asker->no_run;
            *run = sight->record->children[i].answer == ANSWER_NO ? *run + 1 : 0;
            longest = *run > longest ? *run : longest;
        }
    }
    (void)snprintf(sight->found, FOUND_SIZE, "%u answers \"no\" in a row", longest);
    return longest >= most;
}

// The first tag that tells the child for sure.
static bool sure_tag(const struct sight *sight, size_t child, uint64_t *out) {
    const struct record_child *asked = &sight->record->children[child];
    for (size_t i = 0; !asked->canary && i < asked->tag_count; i++) {
        if ((sight->rules->sure_slots >> asked->slots[i] & 1) != 0) {
            *out = asked->tags[i];
            return true;
        }
    }
    return false;
}

static bool many(struct sight *sight, int64_t most) {
    const char *agency = sight->record->agency;
    bool holds = false;
    uint64_t tag = 0;
    for (size_t i = 0; sight->question && i < sight->record->count; i++) {
        if (sure_tag(sight, i, &tag) && count(sight->rules, key_of(sight->rules, KEY_AGENCY, agency, tag)) == 1) {
            holds = count(sight->rules, key_of(sight->rules, KEY_CHILD, "", tag)) == most || holds;
        }
    }
    (void)snprintf(sight->found, FOUND_SIZE, "%lld agencies asked about one child in a day", (long long)most);
    return holds;
}

static bool again(struct sight *sight, int64_t most) {
    char account[ACCOUNT_NAME_SIZE];
    uint32_t times = 0;
    uint64_t tag = 0;
    account_name(sight->record->agency, sight->record->person, account);
    for (size_t i = 0; sight->question && i < sight->record->count; i++) {
        if (sure_tag(sight, i, &tag)) {
            const uint32_t now = count(sight->rules, key_of(sight->rules, KEY_AGAIN, account, tag));
            times = now > times ? now : times;
        }
    }
    (void)snprintf(sight->found, FOUND_SIZE, "asked about one child %u times in a day", times);
    return times >= most;
}

static void note_opened(struct alert_rules *rules, uint64_t key, int64_t hour, int64_t hours) {
    uint32_t *opened = hour - rules->opened_since <= hours ? tally_at(&rules->opened, key) : NULL;
    if (opened == NULL) { // the older half is forgotten
        const struct tally before = rules->opened_before;
        rules->opened_before = rules->opened;
        rules->opened = before;
        tally_clear(&rules->opened);
        rules->opened_since = hour;
        opened = tally_at(&rules->opened, key);
    }
    *opened = (uint32_t)hour;
}

static bool withdrawn(struct sight *sight, int64_t hours) {
    const int64_t hour = sight->rules->now_s / HOUR_S;
    unsigned found = 0;
    for (size_t i = 0; sight->record->kind == RECORD_CHANGES && i < sight->record->count; i++) {
        const struct record_change *change = &sight->record->changes[i];
        uint64_t tag = 0;
        memcpy(&tag, change->record, sizeof tag);
        const uint64_t key = key_of(sight->rules, KEY_OPENED, sight->record->agency, tag);
        if (change->result == RESULT_OPENED) {
            note_opened(sight->rules, key, hour, hours);
        } else if (change->result == RESULT_WITHDRAWN) {
            const uint32_t now = tally_of(&sight->rules->opened, key);
            const uint32_t opened = now != 0 ? now : tally_of(&sight->rules->opened_before, key);
            found += opened != 0 && hour - opened <= hours ? 1 : 0;
        }
    }
    (void)snprintf(sight->found, FOUND_SIZE, "%u records withdrawn within %lld hours of opening", found,
                   (long long)hours);
    return found > 0;
}

// Shares a tag, and has another one in a slot that both give.
static bool is_variation(const struct tag_set *a, const struct tag_set *b) {
    bool shares = false;
    bool differs = false;
    for (size_t i = 0; i < a->count; i++) {
        for (size_t j = 0; j < b->count; j++) {
            shares = shares || (a->slots[i] == b->slots[j] && a->tags[i] == b->tags[j]);
            differs = differs || (a->slots[i] == b->slots[j] && a->tags[i] != b->tags[j]);
        }
    }
    return shares && differs;
}

static bool same_set(const struct tag_set *a, const struct tag_set *b) {
    return a->count == b->count && memcmp(a->tags, b->tags, a->count * sizeof a->tags[0]) == 0;
}

static struct tag_set set_of(const struct record_child *child, int64_t now_s) {
    struct tag_set set = {.at_s = now_s};
    set.count = (uint8_t)(child->tag_count < SET_TAGS ? child->tag_count : SET_TAGS);
    memcpy(set.slots, child->slots, set.count);
    memcpy(set.tags, child->tags, set.count * sizeof set.tags[0]);
    return set;
}

static void note_set(struct asker *asker, struct tag_set *set) {
    for (size_t i = 0; i < SETS_MAX; i++) {
        const struct tag_set *before = &asker->sets[i];
        const bool recent = before->count > 0 && set->at_s - before->at_s <= HOUR_S;
        if (recent && same_set(before, set)) {
            return; // no guess: the same again
        }
        set->varies = set->varies || (recent && is_variation(before, set));
    }
    asker->sets[asker->set_next++ % SETS_MAX] = *set;
}

static bool guesses(struct sight *sight, int64_t most) {
    struct asker *asker = sight->asker;
    unsigned found = 0;
    if (sight->question && asker->sets == NULL) {
        asker->sets = calloc(SETS_MAX, sizeof *asker->sets);
        sight->rules->passed_over += asker->sets == NULL ? 1 : 0;
    }
    if (!sight->question || asker->sets == NULL) {
        return false;
    }
    for (size_t i = 0; i < sight->record->count; i++) {
        struct tag_set set = set_of(&sight->record->children[i], sight->rules->now_s);
        if (!sight->record->children[i].canary) {
            note_set(asker, &set);
        }
    }
    for (size_t i = 0; i < SETS_MAX; i++) {
        found += asker->sets[i].varies && sight->rules->now_s - asker->sets[i].at_s <= HOUR_S ? 1 : 0;
    }
    (void)snprintf(sight->found, FOUND_SIZE, "%u questions in an hour that vary one detail", found);
    return found >= most;
}

// Systems work at night.
static bool hours(struct sight *sight, int64_t to) {
    const int64_t hour = sight->rules->now_s / HOUR_S % 24;
    const int64_t weekday = (sight->rules->day + 3) % 7; // 0: Monday; 1970 began on a Thursday
    const bool works =
        hour >= sight->rules->numbers[ALERT_HOURS_FROM] && hour < to && weekday < sight->rules->numbers[ALERT_WEEKDAYS];
    (void)snprintf(sight->found, FOUND_SIZE, "a question outside the working hours");
    return sight->question && sight->record->person[0] != '\0' && !works;
}

static const struct rule_row {
    const char *name;
    bool (*holds)(struct sight *sight, int64_t number);
    bool of_asker; // otherwise of many
} rule_rows[ALERT_RULES] = {
    [ALERT_VOLUME] = {"volume", volume, true},    [ALERT_UNUSUAL] = {"unusual-volume", unusual, true},
    [ALERT_NO] = {"many-no", no_row, true},       [ALERT_MANY] = {"asked-by-many", many, false},
    [ALERT_AGAIN] = {"asked-again", again, true}, [ALERT_WITHDRAW] = {"open-withdraw", withdrawn, true},
    [ALERT_GUESSES] = {"guesses", guesses, true}, [ALERT_HOURS] = {"working-hours", hours, true},
};

const char *alert_rule_name(enum alert_number rule) {
    return rule_rows[rule].name;
}

// ---- findings

static void add_finding(struct sight *sight, struct finding *finding) {
    struct alert_rules *rules = sight->rules;
    if (sight->record->seq < rules->first) {
        return;
    }
    if (rule_rows[finding->rule].of_asker) {
        if (sight->asker->alerted[finding->rule] == rules->day) {
            return;
        }
        account_name(sight->record->agency, sight->record->person, finding->account);
        sight->asker->alerted[finding->rule] = rules->day;
    }
    finding->cause = sight->record->seq;
    if (rules->finding_count == FINDINGS_MAX) {
        rules->passed_over++;
        return;
    }
    rules->findings[rules->finding_count++] = *finding;
}

static void drop_at(struct alert_rules *rules, size_t at) {
    rules->finding_count--;
    memmove(&rules->findings[at], &rules->findings[at + 1], (rules->finding_count - at) * sizeof rules->findings[0]);
}

bool alert_rules_first(const struct alert_rules *rules, struct finding *out) {
    if (rules->finding_count > 0) {
        *out = rules->findings[0];
    }
    return rules->finding_count > 0;
}

void alert_rules_drop(struct alert_rules *rules) {
    drop_at(rules, 0);
}

// An alert that the journal holds is not to be written again.
static void take_alert(struct alert_rules *rules, const struct record *record) {
    for (int rule = 0; rule < ALERT_RULES; rule++) {
        if (strcmp(record->texts[0], rule_rows[rule].name) != 0) {
            continue;
        }
        const bool of_asker = rule_rows[rule].of_asker;
        struct asker *asker = of_asker ? asker_get(rules, record->texts[1]) : NULL;
        if (asker != NULL) {
            asker->alerted[rule] = rules->day;
        }
        for (size_t i = rules->finding_count; i-- > 0;) {
            const struct finding *finding = &rules->findings[i];
            const bool same =
                of_asker ? strcmp(finding->account, record->texts[1]) == 0 : finding->cause == record->cause;
            if ((int)finding->rule == rule && same) {
                drop_at(rules, i);
            }
        }
    }
}

// ---- records

static void look(struct sight *sight) {
    for (int rule = 0; rule < ALERT_RULES; rule++) {
        const int64_t number = sight->rules->numbers[rule];
        struct finding finding = {.rule = (enum alert_number)rule};
        sight->found = finding.found;
        if (number > 0 && rule_rows[rule].holds(sight, number)) {
            add_finding(sight, &finding);
        }
    }
}

void alert_rules_take(struct alert_rules *rules, const struct record *record) {
    if (record->kind == RECORD_ALERT) {
        take_alert(rules, record);
        return;
    }
    const bool asked = record->kind == RECORD_QUESTION && record->units > 0; // not canaries alone
    if (!asked && record->kind != RECORD_CHANGES) {
        return; // and moves no time: a clock that is wrong lets nobody ask
    }
    const int64_t now_s = record->time_ms / 1000;
    rules->now_s = now_s > rules->now_s ? now_s : rules->now_s;
    begin_day(rules, rules->now_s / DAY_S);
    char account[ACCOUNT_NAME_SIZE];
    account_name(record->agency, record->person, account);
    struct sight sight = {.rules = rules, .record = record, .asker = asker_get(rules, account)};
    if (sight.asker == NULL) {
        return;
    }
    // Of a system's nightly round only those are counted whom its agency does not work with.
    const bool round = asked && record->person[0] == '\0' && record->purpose == PURPOSE_CASELOAD;
    sight.question = asked && !round;
    add_children(rules, sight.asker, round ? record->unregistered : asked ? record->units : 0);
    look(&sight);
}

err_t alert_rules_new(const int64_t numbers[ALERT_NUMBERS], uint32_t sure_slots, struct alert_rules **out) {
    struct alert_rules *rules = calloc(1, sizeof *rules);
    if (rules == NULL) {
        return err_set(ERR_MEMORY, "out of memory");
    }
    memcpy(rules->numbers, numbers, sizeof rules->numbers);
    rules->sure_slots = sure_slots;
    randombytes_buf(rules->key, sizeof rules->key);
    err_t err = tally_init(&rules->asker_at, (size_t)2 * ASKERS_MAX);
    err = err != OK ? err : tally_init(&rules->seen, SEEN_SIZE);
    err = err != OK ? err : tally_init(&rules->opened, OPENED_SIZE);
    err = err != OK ? err : tally_init(&rules->opened_before, OPENED_SIZE);
    if (err != OK) {
        alert_rules_free(rules);
        return err;
    }
    *out = rules;
    return OK;
}

void alert_rules_find_from(struct alert_rules *rules, uint64_t record) {
    rules->first = record;
}

void alert_rules_free(struct alert_rules *rules) {
    if (rules == NULL) {
        return;
    }
    for (size_t i = 0; i < rules->asker_count; i++) {
        free(rules->askers[i].sets);
    }
    free(rules->askers);
    tally_destroy(&rules->asker_at);
    tally_destroy(&rules->seen);
    tally_destroy(&rules->opened);
    tally_destroy(&rules->opened_before);
    free(rules);
}

uint64_t alert_rules_passed_over(const struct alert_rules *rules) {
    return rules->passed_over;
}
