// SPDX-License-Identifier: Apache-2.0
// A caseload's CSV file, and the file of answers that an interrupted `ask --csv` left. The first byte chooses. Nothing
// of a row may stand in what is reported about it.
//
// Covers: client/caseload.c client/caseload_columns.c client/caseload_row.c client/csv_rows.c
// client/cli/answer_resume.c
#include <stdlib.h>
#include <string.h>

#include "client/caseload.h"
#include "client/cli/answer_lines.h"
#include "client/csv_rows.h"
#include "tests/fuzz/fuzz.h"

static void check_caseload(const struct caseload *caseload) {
    size_t set_aside = 0;
    for (size_t i = 0; i < caseload->child_count; i++) {
        const struct caseload_child *child = &caseload->children[i];
        MUST(child->ref[0] != '\0' && child->record_count >= 1 && child->record_count <= CASELOAD_ALIASES_MAX);
        for (size_t j = 0; j < child->record_count; j++) {
            MUST(child->records[j].values.filled >= 1 && child->records[j].line >= 2);
        }
        for (size_t j = 0; j < i; j++) {
            MUST(strcmp(child->ref, caseload->children[j].ref) != 0);
        }
    }
    for (size_t i = 0; i < caseload->reject_count; i++) {
        const struct caseload_reject *reject = &caseload->rejects[i];
        MUST(reject->line >= 1 && reject->reason[0] != '\0');
        MUST(i == 0 || caseload->rejects[i - 1].line <= reject->line);
        set_aside += reject->set_aside ? 1 : 0;
    }
    MUST(set_aside == caseload->set_aside_count);
}

static void try_caseload(struct bytes file, const char *set) {
    struct caseload caseload;
    if (caseload_load(fuzz_file(file), match_set_find(set), &caseload) == OK) {
        check_caseload(&caseload);
        caseload_free(&caseload);
    }
}

// The answers to a caseload of three children and a row that was refused.
static void try_answers(struct bytes file) {
    static const char text[] = "ref,forenames,surname,date_of_birth,nhs_number,upn\n"
                               "A1,Ada,Ash,2014-03-09,,\nA2,Ben,Birch,2014-03-10,,\n"
                               "\"A,3\",,,,1,\nA4,Cy,Cedar,2014-03-12,,\n";
    struct caseload caseload;
    struct answer_lines lines = {0};
    size_t count = 0;
    MUST(caseload_load(fuzz_file(bytes_str(text)), match_set_find("core"), &caseload) == OK);
    MUST(answer_lines_make(&caseload, &lines) == OK && lines.count == 4);
    if (answer_lines_resume(&lines, fuzz_file(file), &count) == OK) {
        MUST(count <= lines.count);
        for (size_t i = 0; i < lines.count; i++) {
            MUST(lines.lines[i].kept == NULL || i < count);
        }
    }
    answer_lines_free(&lines);
    caseload_free(&caseload);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct reader input = reader_of(bytes_of(data, size));
    uint8_t which = reader_u8(&input) % 3;
    struct bytes file = fuzz_rest(&input);
    if (which == 2) {
        try_answers(file);
    } else {
        try_caseload(file, which == 0 ? "core" : "address");
    }
    return 0;
}
