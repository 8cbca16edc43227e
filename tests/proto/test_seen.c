// SPDX-License-Identifier: Apache-2.0
#include "proto/seen.h"

#include <criterion/criterion.h>

#include "base/secret.h"
#include "tests/base/refusal.h"
#include "tests/base/scratch.h"

static void start(void) {
    assert_ok(secret_start());
    scratch_make();
}

TestSuite(seen, .init = start, .fini = scratch_remove);

Test(seen, versions_only_rise) {
    const char *path = scratch_path("seen");
    assert_ok(seen_version(path, 3));
    cr_expect(scratch_holds("seen", "3\n"));
    assert_ok(seen_version(path, 3));
    assert_ok(seen_version(path, 9007199254740991));
    assert_refused(seen_version(path, 4), ERR_STALE, "has been in force");
    cr_expect(scratch_holds("seen", "9007199254740991\n"), "a refusal changes nothing");
}

Test(seen, what_is_no_version_is_damage_and_not_a_beginning) {
    static const char *const texts[] = {"",
                                        "x\n",
                                        "3",
                                        "3\n4\n",
                                        "99999999999999999999999\n",
                                        "-\n",
                                        "+3\n",
                                        " 3\n",
                                        "000000000000000000000000000000003\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        (void)scratch_write_text("seen", texts[i]);
        assert_refused(seen_version(scratch_path("seen"), 5), ERR_CORRUPT, "seen");
    }
    assert_refused(seen_version(scratch_path("none/seen"), 5), ERR_NOT_FOUND, "none/seen");
}
