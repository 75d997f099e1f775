15-16 root_cause: 212 units came | supplier
17-18 root_cause: Our receiving staff | inventory
22-23 done: On February 25, | corrective | done 2026-02-25 | > supplier
24-25 done: We refunded the | corrective | done 2026-02-26
26-27 promise: All 212 remaining | corrective | ada@example.com | 2026-03-20
31-32 promise: Ada Okafor will | preventive | ada@example.com | P14D | > supplier
33-34 promise: Chidi Park will | preventive | chidi@example.com | 2026-03-13 | FREQ=WEEKLY;BYDAY=FR;COUNT=26 | > inventory
35-35 promise: Bo will train | preventive | bo@example.com | 2026-04-30 | > inventory
