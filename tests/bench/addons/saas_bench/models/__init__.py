from . import bench_inbox, bench_start
