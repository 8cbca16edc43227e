// SPDX-License-Identifier: Apache-2.0
#include "bench/pairs.h"

#include <stdlib.h>
#include <string.h>

#include "bench/labels.h"

// One child of one file.
struct item {
    const char *entity;
    const struct caseload_child *child; // NULL when every row was rejected
    uint8_t file;
    bool has_partner, finds_partner;
    bool heard_sure, heard_similar;             // something matched
    bool heard_sure_right, heard_similar_right; // and a child of the same label was among it
};

struct entry { // one value of one child, in one slot
    const char *value;
    size_t item;
};

struct pair {
    size_t a, b; // items, a < b
    uint16_t slots;
};

struct linkage {
    const struct pairs_order *order;
    struct caseload caseload[2];
    struct labels labels[2];
    int files;
    struct item *items;
    size_t item_count;
    struct entry *entries;
    struct pair *pairs;
    size_t pair_count, pair_room;
    bool failed;
};

static int by_value(const void *a, const void *b) {
    const struct entry *x = a, *y = b;
    int order = strcmp(x->value, y->value);
    return order != 0 ? order : (x->item > y->item) - (x->item < y->item);
}

static int by_items(const void *a, const void *b) {
    const struct pair *x = a, *y = b;
    int order = (x->a > y->a) - (x->a < y->a);
    return order != 0 ? order : (x->b > y->b) - (x->b < y->b);
}

static int by_entity(const void *a, const void *b) {
    const struct item *x = *(const struct item *const *)a, *y = *(const struct item *const *)b;
    int order = strcmp(x->entity, y->entity);
    return order != 0 ? order : x->file - y->file;
}

static err_t no_memory(void) {
    return err_set(ERR_MEMORY, "no memory for the pairs");
}

static void add_items(struct linkage *linkage, int file) {
    const struct labels *labels = &linkage->labels[file];
    size_t first = linkage->item_count;
    for (size_t i = 0; i < labels->count; i++) {
        linkage->items[linkage->item_count++] = (struct item){.entity = labels->label[i].entity, .file = (uint8_t)file};
    }
    for (size_t i = 0; i < linkage->caseload[file].child_count; i++) {
        const struct caseload_child *child = &linkage->caseload[file].children[i];
        const struct label *label = labels_find(labels, child->ref);
        linkage->items[first + (size_t)(label - labels->label)].child = child;
    }
}

static err_t load(struct linkage *linkage) {
    const char *paths[2] = {linkage->order->path_a, linkage->order->path_b};
    linkage->files = paths[1] == NULL ? 1 : 2;
    err_t err = OK;
    for (int i = 0; i < linkage->files && err == OK; i++) {
        err = caseload_load(paths[i], linkage->order->set, &linkage->caseload[i]);
        if (err == OK) {
            err = labels_load(paths[i], &linkage->labels[i]);
        }
    }
    if (err != OK) {
        return err;
    }
    linkage->items = calloc(linkage->labels[0].count + linkage->labels[1].count + 1, sizeof(*linkage->items));
    if (linkage->items == NULL) {
        return no_memory();
    }
    for (int i = 0; i < linkage->files; i++) {
        add_items(linkage, i);
    }
    return OK;
}

static void unload(struct linkage *linkage) {
    for (int i = 0; i < 2; i++) {
        caseload_free(&linkage->caseload[i]);
        labels_free(&linkage->labels[i]);
    }
    free(linkage->items);
    free(linkage->entries);
    free(linkage->pairs);
}

// Counts the pairs that one label has, and marks who has a partner.
static uint64_t mark_partners(const struct linkage *linkage, struct item **group, size_t count) {
    uint64_t of_file[2] = {0, 0};
    for (size_t i = 0; i < count; i++) {
        of_file[group[i]->file]++;
    }
    bool two = linkage->files == 2;
    for (size_t i = 0; i < count; i++) {
        group[i]->has_partner = two ? of_file[1 - group[i]->file] > 0 : count > 1;
    }
    return two ? of_file[0] * of_file[1] : of_file[0] * (of_file[0] - 1) / 2;
}

static err_t count_expected(struct linkage *linkage, struct pairs_result *out) {
    struct item **sorted = calloc(linkage->item_count + 1, sizeof(struct item *));
    if (sorted == NULL) {
        return no_memory();
    }
    for (size_t i = 0; i < linkage->item_count; i++) {
        sorted[i] = &linkage->items[i];
    }
    qsort(sorted, linkage->item_count, sizeof(struct item *), by_entity);
    for (size_t start = 0, end = 0; start < linkage->item_count; start = end) {
        while (end < linkage->item_count && strcmp(sorted[start]->entity, sorted[end]->entity) == 0) {
            end++;
        }
        out->expected += mark_partners(linkage, sorted + start, end - start);
    }
    free(sorted);
    return OK;
}

static void add_pair(struct linkage *linkage, size_t a, size_t b, size_t slot) {
    if (linkage->pair_count == linkage->pair_room) {
        size_t room = linkage->pair_room == 0 ? 4096 : linkage->pair_room * 2;
        struct pair *grown = reallocarray(linkage->pairs, room, sizeof(*grown));
        if (grown == NULL) {
            linkage->failed = true;
            return;
        }
        linkage->pairs = grown;
        linkage->pair_room = room;
    }
    linkage->pairs[linkage->pair_count++] = (struct pair){a, b, (uint16_t)(1U << slot)};
}

static void pair_up(struct linkage *linkage, const struct entry *group, size_t count, size_t slot) {
    for (size_t i = 0; i < count; i++) {
        for (size_t j = i + 1; j < count && !linkage->failed; j++) {
            bool across = linkage->items[group[i].item].file != linkage->items[group[j].item].file;
            if (group[i].item != group[j].item && (across || linkage->files == 1)) {
                add_pair(linkage, group[i].item, group[j].item, slot);
            }
        }
    }
}

static size_t collect_values(struct linkage *linkage, size_t slot) {
    size_t count = 0;
    for (size_t i = 0; i < linkage->item_count; i++) {
        const struct caseload_child *child = linkage->items[i].child;
        for (size_t j = 0; child != NULL && j < child->record_count; j++) {
            const char *value = child->records[j].values.value[slot];
            if (value[0] != '\0') {
                linkage->entries[count++] = (struct entry){value, i};
            }
        }
    }
    return count;
}

static bool is_identifier(const struct match_slot *slot) {
    return strcmp(slot->name, "nhs") == 0 || strcmp(slot->name, "upn") == 0;
}

static void pair_slot(struct linkage *linkage, size_t slot) {
    size_t count = collect_values(linkage, slot);
    qsort(linkage->entries, count, sizeof(*linkage->entries), by_value);
    for (size_t start = 0, end = 0; start < count; start = end) {
        while (end < count && strcmp(linkage->entries[start].value, linkage->entries[end].value) == 0) {
            end++;
        }
        pair_up(linkage, linkage->entries + start, end - start, slot);
    }
}

static err_t find_pairs(struct linkage *linkage) {
    size_t records = 0;
    for (int file = 0; file < linkage->files; file++) {
        for (size_t i = 0; i < linkage->caseload[file].child_count; i++) {
            records += linkage->caseload[file].children[i].record_count;
        }
    }
    linkage->entries = calloc(records + 1, sizeof(*linkage->entries));
    if (linkage->entries == NULL) {
        return no_memory();
    }
    for (size_t slot = 0; slot < linkage->order->set->slot_count; slot++) {
        if (!linkage->order->without_id || !is_identifier(&linkage->order->set->slots[slot])) {
            pair_slot(linkage, slot);
        }
    }
    return linkage->failed ? no_memory() : OK;
}

static void count_one(struct tally *tally, bool right) {
    tally->true_pairs += right;
    tally->false_pairs += !right;
}

static void hear(struct item *item, bool sure, bool right) {
    item->finds_partner |= right;
    item->heard_sure |= sure;
    item->heard_similar |= !sure;
    item->heard_sure_right |= sure && right;
    item->heard_similar_right |= !sure && right;
}

static void count_pair(const struct linkage *linkage, const struct pair *pair, struct pairs_result *out) {
    struct item *a = &linkage->items[pair->a], *b = &linkage->items[pair->b];
    bool right = strcmp(a->entity, b->entity) == 0;
    bool sure = false;
    for (size_t slot = 0; slot < linkage->order->set->slot_count; slot++) {
        if ((pair->slots >> slot & 1U) != 0) {
            count_one(&out->slot[slot], right);
            sure |= linkage->order->set->slots[slot].sure;
        }
    }
    count_one(&out->all, right);
    if (sure) {
        count_one(&out->sure, right);
    }
    hear(a, sure, right);
    hear(b, sure, right);
}

static void count_pairs(struct linkage *linkage, struct pairs_result *out) {
    qsort(linkage->pairs, linkage->pair_count, sizeof(*linkage->pairs), by_items);
    for (size_t start = 0, end = 0; start < linkage->pair_count; start = end) {
        struct pair pair = linkage->pairs[start];
        while (end < linkage->pair_count && by_items(&linkage->pairs[start], &linkage->pairs[end]) == 0) {
            pair.slots |= linkage->pairs[end++].slots;
        }
        count_pair(linkage, &pair, out);
    }
}

// The second file asks about the first; a single file's children ask about one another.
static void count_questions(const struct linkage *linkage, struct pairs_result *out) {
    for (size_t i = 0; i < linkage->item_count; i++) {
        const struct item *item = &linkage->items[i];
        if (item->file != linkage->files - 1) {
            continue;
        }
        out->with_partner += item->has_partner;
        out->finding_partner += item->has_partner && item->finds_partner;
        if (item->child == NULL) {
            out->not_asked++;
        } else if (item->heard_sure) {
            count_one(&out->yes, item->heard_sure_right);
        } else if (item->heard_similar) {
            count_one(&out->possibly, item->heard_similar_right);
        } else {
            out->no++;
        }
    }
}

err_t pairs_count(const struct pairs_order *order, struct pairs_result *out) {
    struct linkage linkage = {.order = order};
    struct pairs_result result = {.slot_count = order->set->slot_count};
    err_t err = load(&linkage);
    if (err == OK) {
        err = count_expected(&linkage, &result);
    }
    if (err == OK) {
        err = find_pairs(&linkage);
    }
    if (err == OK) {
        count_pairs(&linkage, &result);
        count_questions(&linkage, &result);
        *out = result;
    }
    unload(&linkage);
    return err;
}
