# SPDX-License-Identifier: Apache-2.0
# The plots of a report of bench/national: gnuplot -e "folder='FOLDER'" bench/national.gp makes SVG and PNG in it.
set datafile separator tab
set grid
set key top left
set style data linespoints

do for [format in "svg png"] {
  eval sprintf("set terminal %s size 800,500", format eq "png" ? "pngcairo" : "svg")
  set output folder."/latency-against-load.".format
  set title "Latency of a question against offered load"
  set xlabel "questions/s offered"; set ylabel "ms"; set logscale xy
  plot folder."/offered.tsv" using 1:2 title "p50", "" using 1:3 title "p99", "" using 1:4 title "p99.9"

  set output folder."/latency-distribution.".format
  set title "Latency of a question"
  set key outside right
  set xlabel "share of questions that took longer"; set ylabel "ms"; set logscale xy; set xrange [1:1e-5]
  plot for [i=0:*] folder."/distributions.tsv" index i using (1-$1 > 0 ? 1-$1 : NaN):($2/1000) with lines title columnheader(1)
  unset logscale; set xrange [*:*]; set key inside top left

  set output folder."/throughput-against-workers.".format
  set title "Questions about one child"
  set xlabel "workers"; set ylabel "questions/s"; set xrange [0.5:2.5]; set yrange [0:*]; set xtics 1
  plot folder."/workers.tsv" using 1:2 notitle
  set xrange [*:*]; set yrange [*:*]; set xtics auto

  set output folder."/throughput-against-rows.".format
  set title "Throughput against size"
  set xlabel "rows"; set ylabel "per second"; set logscale x; set yrange [0:*]
  plot folder."/sizes.tsv" using 1:5 title "questions about one child", "" using 1:6 title "children in batches of 256"

  set output folder."/bytes-against-rows.".format
  set title "Size of the database against rows"
  set ylabel "bytes a row"
  plot folder."/sizes.tsv" using 1:2 title "after import", "" using 1:3 title "after random changes", "" using 1:4 title "after repack"
  unset logscale x; set yrange [*:*]
}
