// SPDX-License-Identifier: Apache-2.0
#include "client/caseload.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/file.h"
#include "tests/base/refusal.h"
#include "tests/base/scratch.h"

TestSuite(caseload, .init = scratch_make, .fini = scratch_remove);

#define HEADER "ref,forenames,surname,date_of_birth,nhs_number,upn,postcode,address,status,quiet\n"

enum { NHS, UPN, NAMES }; // the sure slots of `core`

static struct caseload load(const char *text) {
    struct caseload caseload;
    assert_ok(caseload_load(scratch_write_text("a.csv", text), match_set_find("core"), &caseload));
    return caseload;
}

static void expect_refused(const char *text, const char *words) {
    struct caseload caseload = {.child_count = 7};
    assert_refused(caseload_load(scratch_write_text("a.csv", text), match_set_find("core"), &caseload), ERR_INPUT,
                   words);
    cr_assert_eq(caseload.child_count, 7);
}

static void expect_reject(const struct caseload *caseload, size_t index, size_t line, const char *ref,
                          const char *column, const char *words) {
    cr_assert_lt(index, caseload->reject_count);
    const struct caseload_reject *reject = &caseload->rejects[index];
    cr_expect_eq(reject->line, line);
    cr_expect_str_eq(reject->ref, ref);
    cr_expect_str_eq(reject->column, column);
    cr_expect_not_null(strstr(reject->reason, words), "\"%s\"", reject->reason);
}

Test(caseload, reads_children_in_the_order_of_the_file) {
    struct caseload caseload = load(HEADER "b,Zoë,O'Brien,2014-03-09,943 476 5919,,LS1 4AP,14 Mill Lane,current,no\n"
                                           "a,Ivy,Smith,9/3/2015,,H801200001001,,,previous,yes\n");
    cr_assert_eq(caseload.child_count, 2);
    cr_assert_eq(caseload.reject_count, 0);
    cr_expect_str_eq(caseload.children[0].ref, "b");
    cr_expect_str_eq(caseload.children[0].entity, "");
    cr_expect_str_eq(caseload.children[0].records[0].values.value[NHS], "9434765919");
    cr_expect_eq(caseload.children[0].records[0].line, 2);
    cr_expect(!caseload.children[0].previous && !caseload.children[0].quiet);
    cr_expect_str_eq(caseload.children[1].ref, "a");
    cr_expect_str_eq(caseload.children[1].records[0].values.value[UPN], "H801200001001");
    cr_expect(caseload.children[1].previous && caseload.children[1].quiet);
    caseload_free(&caseload);
    cr_assert_eq(caseload.child_count, 0);
}

Test(caseload, takes_columns_in_any_order_and_some_absent) {
    struct caseload caseload = load("\xEF\xBB\xBFUPN,entity,Surname,sex,nhs_number,ref,date_of_birth,forenames\r\n"
                                    ",17,Smith,F,,a,2014-03-09,Ivy\r\n");
    cr_assert_eq(caseload.child_count, 1);
    cr_expect_str_eq(caseload.children[0].entity, "17");
    cr_expect(!caseload.children[0].previous && !caseload.children[0].quiet);
    cr_expect_neq(caseload.children[0].records[0].values.value[NAMES][0], '\0');
    caseload_free(&caseload);
}

Test(caseload, takes_an_empty_status_for_current_and_an_empty_quiet_for_no) {
    struct caseload caseload = load(HEADER "a,Ivy,Smith,2014-03-09,,,,,,\n");
    cr_assert_eq(caseload.child_count, 1);
    cr_expect(!caseload.children[0].previous && !caseload.children[0].quiet);
    caseload_free(&caseload);
}

Test(caseload, refuses_a_header_that_cannot_be_used) {
    expect_refused("", "a.csv: header: the file is empty");
    expect_refused("ref,forenames,surname,date_of_birth,nhs_number\na\n", "column upn is missing");
    expect_refused("ref,ref,forenames,surname,date_of_birth,nhs_number,upn\n", "column ref stands twice");
    expect_refused("ref,forenames,surname,date_of_birth,nhs_number,upn,shoe_size\n", "column 7 is unknown (shoe_size)");
    expect_refused("ref,\"forenames\"x\n", "header: a quotation mark");
}

// A file without a header begins with a child.
Test(caseload, does_not_show_what_stands_where_the_header_should_be) {
    expect_refused("c1,Ivy,Smith,2014-03-09,9434765919,\n", "column 1 is unknown (not shown)");
    cr_assert_null(strstr(err_detail(), "Ivy"));
}

Test(caseload, refuses_a_file_that_is_not_there) {
    struct caseload caseload;
    assert_refused(caseload_load(scratch_path("none.csv"), match_set_find("core"), &caseload), ERR_NOT_FOUND,
                   "none.csv");
}

Test(caseload, rejects_bad_rows_with_their_line_and_reason_and_goes_on) {
    struct caseload caseload = load(HEADER ",Ivy,Smith,2014-03-09,,,,,,\n"              // 2
                                           "b,Ivy,Smith,2014-03-09,,,,\n"               // 3
                                           "c,Ivy,Smith,2014-03-09,,,,,ended,\n"        // 4
                                           "d,Ivy,Smith,2014-03-09,,,,,,perhaps\n"      // 5
                                           "e,Ivy,Sm\"ith,2014-03-09,,,,,,\n"           // 6
                                           "f,Zo\xeb,Smith,2014-03-09,,,,,,\n"          // 7
                                           "g,Ivy,,2014-03-09,,,,,,\n"                  // 8
                                           "h,Baby,unknown,,,,LS1 4AP,14 Mill Lane,,\n" // 9
                                           "i,Ivy,Smith,2014-03-09,,,,,,\n");
    cr_assert_eq(caseload.child_count, 1);
    cr_expect_str_eq(caseload.children[0].ref, "i");
    cr_assert_eq(caseload.reject_count, 8);
    cr_expect_eq(caseload.set_aside_count, 0);
    expect_reject(&caseload, 0, 2, "", "ref", "missing");
    expect_reject(&caseload, 1, 3, "", "", "another number of fields");
    expect_reject(&caseload, 2, 4, "c", "status", "neither current nor previous");
    expect_reject(&caseload, 3, 5, "d", "quiet", "neither yes nor no");
    expect_reject(&caseload, 4, 6, "", "", "quotation mark");
    expect_reject(&caseload, 5, 7, "f", "forenames", "UTF-8");
    expect_reject(&caseload, 6, 8, "g", "", "too few details");
    expect_reject(&caseload, 7, 9, "h", "", "too few details");
    caseload_free(&caseload);
}

Test(caseload, sets_a_wrong_column_aside_where_another_finds_the_child_for_certain) {
    struct caseload caseload = load(HEADER "a,Ivy,Smith,2014-02-30,9434765919,,,,,\n"
                                           "b,Ivy,Smith,2014-03-09,9434765918,,,,,\n"
                                           "c,Ivy,Smith,2014-03-09,,H801200001002,,,,\n");
    cr_assert_eq(caseload.child_count, 3);
    cr_assert_eq(caseload.reject_count, 3);
    cr_assert_eq(caseload.set_aside_count, 3);
    expect_reject(&caseload, 0, 2, "a", "date_of_birth", "no such day");
    expect_reject(&caseload, 1, 3, "b", "nhs_number", "check digit");
    expect_reject(&caseload, 2, 4, "c", "upn", "check letter");
    cr_expect_str_eq(caseload.children[0].records[0].values.value[NHS], "9434765919");
    cr_expect_str_empty(caseload.children[0].records[0].values.value[NAMES]);
    cr_expect_str_empty(caseload.children[1].records[0].values.value[NHS]);
    cr_expect_neq(caseload.children[1].records[0].values.value[NAMES][0], '\0');
    caseload_free(&caseload);
}

Test(caseload, rejects_a_wrong_column_where_nothing_else_is_certain) {
    struct caseload caseload = load(HEADER "a,Ivy,Smith,2014-02-30,,,LS1 4AP,,,\n"
                                           "b,Ivy,,2014-03-09,9434765918,,,,,\n");
    cr_assert_eq(caseload.child_count, 0);
    cr_assert_eq(caseload.reject_count, 2);
    cr_assert_eq(caseload.set_aside_count, 0);
    expect_reject(&caseload, 0, 2, "a", "date_of_birth", "no such day");
    expect_reject(&caseload, 1, 3, "b", "nhs_number", "check digit");
    caseload_free(&caseload);
}

Test(caseload, takes_rows_of_one_ref_for_one_child) {
    struct caseload caseload = load(HEADER "a,Ivy,Smith,2014-03-09,,,,,previous,\n"
                                           "b,Leo,Jones,2012-01-02,,,,,,\n"
                                           "a,Ivy,Taylor,2014-03-09,943 476 5919,,,,,\n"
                                           "a,Ivy,Taylor,2014-03-19,943 476 5919,,,,previous,\n");
    cr_assert_eq(caseload.child_count, 2);
    cr_assert_eq(caseload.reject_count, 0);
    cr_assert_eq(caseload.children[0].record_count, 3);
    cr_expect(caseload.children[0].previous);
    cr_expect_eq(caseload.children[0].records[2].line, 5);
    caseload_free(&caseload);
}

Test(caseload, keeps_one_record_of_two_that_say_the_same) {
    struct caseload caseload = load(HEADER "a,Ivy,Smith,2014-03-09,,,,,,\n"
                                           "a,ivy,SMITH,9/3/2014,,,,,,\n");
    cr_assert_eq(caseload.children[0].record_count, 1);
    cr_assert_eq(caseload.reject_count, 0);
    caseload_free(&caseload);
}

Test(caseload, rejects_an_alias_that_shares_nothing) {
    struct caseload caseload = load(HEADER "a,Ivy,Smith,2014-03-09,9434765919,,,,,\n"
                                           "a,Ivy,Smith,2013-03-09,,,,,,\n"
                                           "a,Ivy,Smith,2014-03-09,,,,,previous,\n"
                                           "a,Ivy,Smith,2014-03-09,,,,,,yes\n");
    cr_assert_eq(caseload.children[0].record_count, 1);
    cr_assert_eq(caseload.reject_count, 3);
    expect_reject(&caseload, 0, 3, "a", "ref", "another date of birth");
    expect_reject(&caseload, 1, 4, "a", "status", "differs from the first row");
    expect_reject(&caseload, 2, 5, "a", "quiet", "differs from the first row");
    caseload_free(&caseload);
}

Test(caseload, takes_only_so_many_aliases) {
    struct buf text = {0};
    buf_put_str(&text, HEADER);
    for (int i = 0; i <= CASELOAD_ALIASES_MAX; i++) {
        buf_printf(&text, "a,Ivy%c%c,Smith,2014-03-09,,,,,,\n", 'a' + i % 26, 'a' + i / 26);
    }
    struct caseload caseload = load(buf_str(&text));
    cr_assert_eq(caseload.children[0].record_count, CASELOAD_ALIASES_MAX);
    expect_reject(&caseload, 0, CASELOAD_ALIASES_MAX + 2, "a", "ref", "too many rows");
    caseload_free(&caseload);
    buf_free(&text);
}

Test(caseload, reads_details_with_line_breaks_and_commas) {
    struct caseload caseload =
        load(HEADER "a,\"Ivy\nRose\",\"O\"\"Brien, \",2014-03-09,,,LS1 4AP,\"14 Mill Lane\nLeeds\",,\n"
                    "b,Leo,Jones,2012-01-02,,,,,,\n");
    cr_assert_eq(caseload.child_count, 2);
    cr_expect_eq(caseload.children[1].records[0].line, 5);
    caseload_free(&caseload);
}

Test(caseload, writes_rejects_for_the_agencys_eyes_alone) {
    struct caseload caseload = load(HEADER "\"a \"\"1\"\"\",Ivy,Smith,2014-02-30,9434765919,,,,,\n"
                                           "b,Ivy,,2014-03-09,,,,,,\n");
    scratch_write_text("rejects.csv", "older");
    assert_ok(caseload_write_rejects(&caseload, scratch_path("rejects.csv")));
    caseload_free(&caseload);
    cr_assert_eq(scratch_mode("rejects.csv"), 0600);
    struct buf text = {0};
    assert_ok(file_read(scratch_path("rejects.csv"), 4096, &text));
    const char *written = buf_str(&text);
    const char *expected =
        "line,ref,column,reason\r\n"
        "2,\"a \"\"1\"\"\",date_of_birth,\"no such day in the calendar; the row was used without it\"\r\n"
        "3,\"b\",,\"too few details: ";
    cr_assert_eq(strncmp(written, expected, strlen(expected)), 0, "%s", written);
    cr_assert_null(strstr(written, "Ivy"));
    cr_assert_null(strstr(written, "02-30"));
    buf_free(&text);
}

Test(caseload, cannot_write_rejects_where_there_is_no_folder) {
    struct caseload caseload = {0};
    cr_assert_neq(caseload_write_rejects(&caseload, scratch_path("none/rejects.csv")), OK);
}

Test(caseload, loads_many_rows) {
    struct buf text = {0};
    buf_put_str(&text, HEADER);
    for (int i = 0; i < 20000; i++) {
        buf_printf(&text, "c%d,Ivy,Smith,%d-01-%02d,,,,,,\n", i, 2000 + i % 20, i % 28 + 1);
    }
    struct caseload caseload = load(buf_str(&text));
    cr_assert_eq(caseload.child_count, 20000);
    cr_assert_str_eq(caseload.children[19999].ref, "c19999");
    caseload_free(&caseload);
    buf_free(&text);
}
