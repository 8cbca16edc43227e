// SPDX-License-Identifier: Apache-2.0
// Lists of names for the invented population, most frequent first, separated by single spaces.
#ifndef BENCH_NAME_LISTS_H
#define BENCH_NAME_LISTS_H

extern const char english_boys[], english_girls[], english_surnames[], more_english_surnames[];
extern const char south_muslim_boys[], south_muslim_girls[], south_muslim_surnames[];
extern const char hindu_boys[], hindu_girls[], hindu_surnames[];
extern const char sikh_boys[], sikh_girls[], sikh_surnames[];
extern const char arabic_boys[], arabic_girls[], arabic_surnames[];
extern const char european_boys[], european_girls[], european_surnames[];
extern const char chinese_boys[], chinese_girls[], chinese_surnames[];
extern const char west_african_boys[], west_african_girls[], west_african_surnames[];

#endif
