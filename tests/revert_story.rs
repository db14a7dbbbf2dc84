//! A day with `revert`, as an operator has it: look at a change, put it back, undo that, bring back a payment that was
//! deleted with its order. The whole output, in order, on the demo.

mod common;

use common::TestEnv;
use insta::assert_snapshot;

#[test]
fn change_diff_revert_undo_and_bring_back() {
    let env = TestEnv::with_demo();
    let day = [
        "versions purchaseorders 9 --columns id,date_created,username,comment,changed",
        "diff purchaseorders 9 --from 86 --to live",
        "revert purchaseorders 9 --to 86 --dry-run",
        "revert purchaseorders 9 --to 86 --yes --user gerardo",
        "diff purchaseorders 9 --from 86 --to live",
        "revert purchaseorders 9 --to 322 --yes",
        "diff purchaseorders 9 --from 322 --to live",
        "deleted payments",
        "revert payments 47 --to 280 --dry-run",
        "revert payments 47 --to 280 --with-parents --yes --comment Borrado",
        "deleted payments",
        "versions payments 47 --columns id,username,comment,changed",
        "list --search auditctl --columns user,action,model,record_id,details",
    ];
    let story: String = day.iter().map(|line| format!("$ auditctl {line}\n{}\n", env.run(line))).collect();
    assert_snapshot!(story, @"
    $ auditctl versions purchaseorders 9 --columns id,date_created,username,comment,changed
    VERSION  TIME (-06:00)        USER     COMMENT                  CHANGED
        322  2026-11-21 05:47:30  gerardo  Modificado Total price.  total_price
         86  2026-10-29 08:10:23  ana      -                        total_crc, total_usd, qr_image, status
         84  2026-10-29 08:09:41  ana      -                        status
         83  2026-10-29 08:08:04  ana      -                        status
         81  2026-10-29 08:07:32  ana      -                        total_price
         79  2026-10-29 08:06:56  ana      -                        -
    ── status 0
    $ auditctl diff purchaseorders 9 --from 86 --to live
    api.purchaseorders 9: version 86 (2026-10-29T08:10:23-06:00, ana) → live
      total_price  1500.50 → 500.50
    ── status 0
    $ auditctl revert purchaseorders 9 --to 86 --dry-run
    in [ROOT]/work/db.sqlite3
    api.purchaseorders 9: goes back to version 86
      total_price  500.50 → 1500.50
    ── stderr
    nothing was changed: this is what a revert would do
    ── status 0
    $ auditctl revert purchaseorders 9 --to 86 --yes --user gerardo
    in [ROOT]/work/db.sqlite3
    api.purchaseorders 9: goes back to version 86
      total_price  500.50 → 1500.50
    ── stderr
    done: revision 176 records it
    to undo: auditctl revert api.purchaseorders 9 --to 322
    ── status 0
    $ auditctl diff purchaseorders 9 --from 86 --to live
    api.purchaseorders 9: version 86 (2026-10-29T08:10:23-06:00, ana) → live
      no differences
    ── status 0
    $ auditctl revert purchaseorders 9 --to 322 --yes
    in [ROOT]/work/db.sqlite3
    api.purchaseorders 9: goes back to version 322
      total_price  1500.50 → 500.50
    ── stderr
    done: revision 177 records it
    to undo: auditctl revert api.purchaseorders 9 --to 353
    ── status 0
    $ auditctl diff purchaseorders 9 --from 322 --to live
    api.purchaseorders 9: version 322 (2026-11-21T05:47:30-06:00, gerardo) → live
      no differences
    ── status 0
    $ auditctl deleted payments
    MODEL         ID  OBJECT                                    VERSION  TIME (-06:00)        USER
    api.payments  60  Payment ch_85e309243df64e8f for order 66      342  2026-11-23 11:04:10  marisol
    api.payments  47  Payment CAJA-261116-00047 for order 52        280  2026-11-16 15:13:56  luis.mora
    api.payments  43  Payment CAJA-261115-00043 for order 48        263  2026-11-15 15:14:01  luis.mora
    api.payments  41  Payment CAJA-261114-00041 for order 46        245  2026-11-14 15:13:10  luis.mora
    api.payments   8  Payment ch_0363e9916ddddbb0 for order 9        82  2026-10-29 08:08:04  ana
    ── status 0
    $ auditctl revert payments 47 --to 280 --dry-run
    in [ROOT]/work/db.sqlite3
    api.payments 47: comes back as version 280
      purchase_order  52 (Purchase Order by tours.volcan@post.example on 2026-11-16)
      payment_date    2026-11-16T21:13:56.828Z
      payment_method  CASH
      transaction_id  CAJA-261116-00047
      status          SUCCESS
    refused api.payments 47: purchase_order refers to api.purchaseorders 52, which is gone; version 281 would bring it back
    undoing this would be a deletion, which this program does not do
    ── stderr
    auditctl: error: this can't be done: api.payments 47: purchase_order refers to api.purchaseorders 52, which is gone; version 281 would bring it back
    hint: --with-parents brings it back in the same transaction
    ── status 1
    $ auditctl revert payments 47 --to 280 --with-parents --yes --comment Borrado
    in [ROOT]/work/db.sqlite3
    api.purchaseorders 52: comes back as version 281
      order_date     2026-11-16
      purchase_date  2026-11-16
      total_price    42000.00
      total_crc      42000.00
      total_usd      82.62
      email          tours.volcan@post.example
      qr_image       qr_codes/qr_order_52.png
      status         PAID
      visit          24 (Visit on 2026-11-17)
      user           3 (luis.mora)
    api.payments 47: comes back as version 280
      purchase_order  52 (Purchase Order by tours.volcan@post.example on 2026-11-16)
      payment_date    2026-11-16T21:13:56.828Z
      payment_method  CASH
      transaction_id  CAJA-261116-00047
      status          SUCCESS
    undoing this would be a deletion, which this program does not do
    ── stderr
    done: revision 178 records it
    ── status 0
    $ auditctl deleted payments
    MODEL         ID  OBJECT                                    VERSION  TIME (-06:00)        USER
    api.payments  60  Payment ch_85e309243df64e8f for order 66      342  2026-11-23 11:04:10  marisol
    api.payments  43  Payment CAJA-261115-00043 for order 48        263  2026-11-15 15:14:01  luis.mora
    api.payments  41  Payment CAJA-261114-00041 for order 46        245  2026-11-14 15:13:10  luis.mora
    api.payments   8  Payment ch_0363e9916ddddbb0 for order 9        82  2026-10-29 08:08:04  ana
    ── status 0
    $ auditctl versions payments 47 --columns id,username,comment,changed
    VERSION  USER       COMMENT  CHANGED
        356  -          Borrado
        280  luis.mora  -        -
    ── status 0
    $ auditctl list --search auditctl --columns user,action,model,record_id,details
    USER ID  ACTION   MODEL           RECORD  DETAILS
          -  created  payments            47  Action created on payments with id 47 (auditctl revert to version 280)
          -  created  purchaseorders      52  Action created on purchaseorders with id 52 (auditctl revert to version 281)
          -  updated  purchaseorders       9  Action updated on purchaseorders with id 9 (auditctl revert to version 322)
          2  updated  purchaseorders       9  Action updated on purchaseorders with id 9 (auditctl revert to version 86)
    ── status 0
    ");
}
