5-5 root_cause: Our carrier moved | shipping
9-9 done: We have changed | corrective | done 2026-02-18 | > shipping
9-9 done: We messaged the | corrective | > shipping
9-9 promise: Jane Miller is | corrective | 2026-03-09 | > shipping | Jane Miller?
13-13 promise: Going forward we | preventive | > shipping
13-13 promise: A second pickup | preventive | P14D | > shipping
13-13 promise: Bo Lindqvist will | preventive | bo@example.com | FREQ=WEEKLY | > shipping
13-13 promise: We will audit | preventive | 2026-03-31 | FREQ=MONTHLY;INTERVAL=3 | > shipping | Chidi Park?
