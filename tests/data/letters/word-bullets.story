5-6 root_cause: Returned units went | inventory
9-9 done: Quarantined all returned | corrective | done 2026-02-12 | > inventory
10-10 done: Refunded order 114-2203918-4471102 | corrective | > inventory
13-13 done: Returns are now | preventive | > inventory
14-14 promise: Every two weeks | preventive | chidi@example.com | FREQ=WEEKLY;INTERVAL=2;UNTIL=20260630 | > inventory
15-15 promise: Buy a heat | preventive | P30D | > inventory
