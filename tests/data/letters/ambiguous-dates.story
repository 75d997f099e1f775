4-4 root_cause: The invoices were | supplier
7-7 promise: Send the new | corrective | > supplier
8-8 promise: Call the supplier | corrective | 2026-05-05 | > supplier
9-9 promise: Order 212 units, | corrective | > supplier
10-10 promise: Pay the fee | corrective | > supplier
11-11 promise: Count the stock | corrective | 2026-04-30 | > supplier
12-12 promise: Label all units | corrective | 2026-03-06 | > supplier
13-13 promise: Answer every message | corrective | > supplier
14-14 promise: Check the feed | corrective | > supplier
15-15 promise: Ada and Bo | corrective | 2026-03-12 | > supplier | Ada Okafor? | Bo Lindqvist?
