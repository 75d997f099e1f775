11-13 root_cause: Design fault: The | product
15-15 root_cause: Missing documents: The | documentation
19-19 done: Stopped all sales | corrective | done 2026-02-20
20-20 done: Removed the inventory | corrective
21-21 promise: Inform all 96 | corrective | PT48H
25-25 done: Reported the fault | corrective | done 2026-02-23 | > product
31-33 promise: Have every production | preventive | chidi@example.com | 2026-04-15
34-34 promise: Replace the certificate | preventive | 2026-04-01 | > documentation | Dana Whitfield?
35-35 promise: Review all certificates | preventive | ada@example.com | 2026-09-01 | FREQ=YEARLY
