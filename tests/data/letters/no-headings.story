3-3 root_cause: the problem happened | listing
3-3 root_cause: I was unaware | account
5-5 done: i have deleted | corrective | done 2026-02-20 | > listing
5-5 done: i already talked | corrective
6-6 promise: i will check | preventive | > listing
6-6 promise: In two weeks | corrective | P2W
6-6 promise: we will never | preventive | > listing
