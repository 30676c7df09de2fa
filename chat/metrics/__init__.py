"""What Prometheus reads: counted in one file a process, added up when it is asked for.

prometheus_client writes what it reads and checks it in tests. Its own files for several
processes were not taken: they are named by process ids, which containers that share a
folder have alike; nothing is ever taken out of what dead processes leave; a full disk
ends a process that counts in them; and counting costs three times as much.
"""
