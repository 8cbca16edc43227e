// SPDX-License-Identifier: Apache-2.0
#include "client/forenames.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <string.h>

static void expect(const char *forename, const char *canonical) {
    cr_expect_str_eq(forename_canonical(forename), canonical);
}

Test(forenames, gives_nicknames_and_spellings_one_form) {
    expect("katie", "catherine");
    expect("katarzyna", "catherine");
    expect("muhammad", "mohammed");
    expect("mohamud", "mohammed");
    expect("bob", "robert");
    expect("siobhan", "siobhan");
    expect("shevaun", "siobhan");
    expect("yousef", "yusuf");
    expect("seun", "oluwaseun");
}

Test(forenames, leaves_a_name_of_no_family_alone) {
    expect("xanthippe", "xanthippe");
    expect("", "");
    expect("анна", "анна");
    expect("averyveryverylongforenamethatnobodyhas", "averyveryverylongforenamethatnobodyhas");
}

Test(forenames, gives_a_canonical_form_itself) {
    for (size_t i = 0; i < forename_family_count; i++) {
        expect(forename_families[i].canonical, forename_families[i].canonical);
    }
}

Test(forenames, table_is_sorted_and_well_formed) {
    for (size_t i = 0; i < forename_family_count; i++) {
        const char *variants = forename_families[i].variants;
        cr_expect(i == 0 || strcmp(forename_families[i - 1].canonical, forename_families[i].canonical) < 0, "%s",
                  forename_families[i].canonical);
        cr_expect_gt(strlen(variants), 0);
        cr_expect_eq(strspn(variants, "abcdefghijklmnopqrstuvwxyz "), strlen(variants), "%s", variants);
        cr_expect_null(strstr(variants, "  "), "%s", variants);
    }
}

// A name in two families would belong to whichever the look-up meets first.
Test(forenames, each_name_stands_in_one_family) {
    for (size_t i = 0; i < forename_family_count; i++) {
        const char *at = forename_families[i].variants;
        while (*at != '\0') {
            char name[32] = "";
            size_t len = strcspn(at, " ");
            memcpy(name, at, len);
            expect(name, forename_families[i].canonical);
            at += len + (at[len] == ' ');
        }
    }
}
