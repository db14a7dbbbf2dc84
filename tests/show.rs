//! `auditctl show`, as the manual would show it: a command line, and all that it prints.

mod common;

use common::TestEnv;
use insta::assert_snapshot;

#[test]
fn a_request_with_its_response() {
    let env = TestEnv::with_story();
    assert_snapshot!(env.run("show 16"), @r#"
    entry 16
      time      2026-11-23T14:34:00-06:00
      user      ana (id 5, ana.ñandú@parque.example)
      action    PUT /api/fotos/ñandú_100%/
      model     API Request
      status    403
      request   {
                  "título": "El ñandú"
                }
      response  {
                  "detail": "No autorizado"
                }
    ── status 0
    "#);
    assert_snapshot!(env.run("show 3"), @r#"
    entry 3
      time      2026-11-20T08:05:10.000001-06:00
      user      (none)
      action    GET /api/payments/methods/
      model     API Request
      status    200
      request   (empty)
      response  [
                  {
                    "method": "VISA",
                    "label": "Tarjeta Visa"
                  },
                  {
                    "method": "CASH",
                    "label": "Efectivo/SINPE"
                  }
                ]
    ── status 0
    "#);
}

#[test]
fn bodies_that_are_no_objects() {
    let env = TestEnv::with_story();
    assert_snapshot!(env.run("show 2 13 15"), @r#"
    entry 2
      time      2026-11-20T08:00:00.250000-06:00
      user      ana (id 5, ana.ñandú@parque.example)
      action    POST /api/purchase_orders/
      model     API Request
      status    201
      request   (None: not recorded, or null)
      response  {
                  "id": 9,
                  "status": "PENDING",
                  "total_price": "1000.00"
                }

    entry 13
      time      2026-11-22T14:15:00-06:00
      user      directora (id 1, rebeca.solano@parque.example)
      action    DELETE /api/purchase_orders/9/
      model     API Request
      status    204
      request   (empty)
      response  (empty)

    entry 15
      time      2026-11-23T14:10:00-06:00
      user      josé.araya (id 7, jose.araya@correo.example)
      action    GET /api/visits/
      model     API Request
      status    500
      request   (empty)
      response  
                <!doctype html>
                <h1>Server Error (500)</h1>
    ── status 0
    "#);
}

#[test]
fn what_can_be_read_in_several_ways_is_said_to_be() {
    let env = TestEnv::with_story();
    assert_snapshot!(env.run("show 10 11 12"), @r#"
    entry 10
      time      2026-11-22T13:00:00-06:00
      user      88887777 (id 10, familia.rojas@correo.example)
      action    POST /api/notes/
      model     API Request
      status    415
      request   not json, Response Code: 200, Response Body: x
      response  {
                  "detail": "Tipo de medio \"text/plain\" incompatible en la solicitud."
                }

    entry 11
      time      2026-11-22T13:00:01-06:00
      user      88887777 (id 10, familia.rojas@correo.example)
      action    POST /api/notes/
      model     API Request
      status    404
      decoded   ambiguous: the text can be divided into request and response in more than one way
      details   Request Body: a, Response Code: 404, Response Body: b, Response Code: 404, Response Body: c

    entry 12
      time      2026-11-22T13:00:02-06:00
      user      88887777 (id 10, familia.rojas@correo.example)
      action    POST /api/notes/
      model     API Request
      decoded   ambiguous: the text can be divided into request and response in more than one way
      details   Request Body: a, Response Code: 200, Response Body: b, Response Code: 404, Response Body: c
    ── status 0
    "#);
}

#[test]
fn entries_of_models() {
    let env = TestEnv::with_story();
    assert_snapshot!(env.run("show 1 7 18"), @"
    entry 1
      time      2026-11-20T08:00:00-06:00
      user      ana (id 5, ana.ñandú@parque.example)
      action    created
      model     purchaseorders
      record    9
      details   Action created on purchaseorders with id 9

    entry 7
      time      2026-11-21T00:00:00-06:00
      user      (none)
      action    updated
      model     purchaseorders
      record    9
      details   Action updated on purchaseorders with id 9

    entry 18
      time      2026-11-23T15:30:00-06:00
      user      id 4711
      action    updated
      model     UserProfile
      record    4711
      details   (none)
    ── status 0
    ");
}

#[test]
fn every_format() {
    let env = TestEnv::with_story();
    assert_snapshot!(env.run("show 16 -o json"), @r#"
    [
    {"id":16,"timestamp":"2026-11-23T14:34:00-06:00","action":"PUT /api/fotos/ñandú_100%/","model":"API Request","record_id":null,"details":"Request Body: {'título': 'El ñandú'}, Response Code: 403, Response Body: {'detail': 'No autorizado'}","user":5,"username":"ana","method":"PUT","path":"/api/fotos/ñandú_100%/","status":403,"request":{"título":"El ñandú"},"response":{"detail":"No autorizado"},"decoded":"certain"}
    ]
    ── status 0
    "#);
    assert_snapshot!(env.run("show 7 16 -o ndjson"), @r#"
    {"id":7,"timestamp":"2026-11-21T00:00:00-06:00","action":"updated","model":"purchaseorders","record_id":9,"details":"Action updated on purchaseorders with id 9","user":null,"username":null,"method":null,"path":null,"status":null,"request":null,"response":null,"decoded":"none"}
    {"id":16,"timestamp":"2026-11-23T14:34:00-06:00","action":"PUT /api/fotos/ñandú_100%/","model":"API Request","record_id":null,"details":"Request Body: {'título': 'El ñandú'}, Response Code: 403, Response Body: {'detail': 'No autorizado'}","user":5,"username":"ana","method":"PUT","path":"/api/fotos/ñandú_100%/","status":403,"request":{"título":"El ñandú"},"response":{"detail":"No autorizado"},"decoded":"certain"}
    ── status 0
    "#);
    assert_snapshot!(env.run("show 12 -o csv"), @r#"
    id,timestamp,action,model,record_id,details,user,username,method,path,status,request,response,decoded␍
    12,2026-11-22T13:00:02-06:00,POST /api/notes/,API Request,,"Request Body: a, Response Code: 200, Response Body: b, Response Code: 404, Response Body: c",10,88887777,POST,/api/notes/,,,,ambiguous␍
    ── status 0
    "#);
    assert_snapshot!(env.run("show 18 12 -o tsv"), @"
    id␉timestamp␉action␉model␉record_id␉details␉user␉username␉method␉path␉status␉request␉response␉decoded
    18␉2026-11-23T15:30:00-06:00␉updated␉UserProfile␉4711␉␉4711␉␉␉␉␉␉␉none
    12␉2026-11-22T13:00:02-06:00␉POST /api/notes/␉API Request␉␉Request Body: a, Response Code: 200, Response Body: b, Response Code: 404, Response Body: c␉10␉88887777␉POST␉/api/notes/␉␉␉␉ambiguous
    ── status 0
    ");
}

#[test]
fn entries_come_in_the_order_they_were_asked_for() {
    let env = TestEnv::with_story();
    assert_eq!(env.run("show 16 3 18 3 -o json").ids(), [16, 3, 18, 3]);
}

#[test]
fn an_unknown_id_is_named_and_the_others_are_shown() {
    let env = TestEnv::with_story();
    assert_snapshot!(env.run("show 14 99 7 -1"), @"
    entry 14
      time      2026-11-22T14:15:00-06:00
      user      (none)
      action    deleted
      model     purchaseorders
      record    9
      details   Action deleted on purchaseorders with id 9

    entry 7
      time      2026-11-21T00:00:00-06:00
      user      (none)
      action    updated
      model     purchaseorders
      record    9
      details   Action updated on purchaseorders with id 9
    ── stderr
    auditctl: error: there are no entries -1, 99 in api_auditlog
    ── status 1
    ");
    assert_snapshot!(env.run("show 99"), @"
    ── stderr
    auditctl: error: there is no entry 99 in api_auditlog
    ── status 1
    ");
    assert_snapshot!(env.run("show 99 -o json"), @"
    []
    ── stderr
    auditctl: error: there is no entry 99 in api_auditlog
    ── status 1
    ");
    assert_snapshot!(env.run("show 99 14 -o csv"), @"
    id,timestamp,action,model,record_id,details,user,username,method,path,status,request,response,decoded␍
    14,2026-11-22T14:15:00-06:00,deleted,purchaseorders,9,Action deleted on purchaseorders with id 9,,,,,,,,none␍
    ── stderr
    auditctl: error: there is no entry 99 in api_auditlog
    ── status 1
    ");
    assert_snapshot!(env.run("show 99 99"), @"
    ── stderr
    auditctl: error: there is no entry 99 in api_auditlog
    ── status 1
    ");
    assert_snapshot!(env.run("show 99 --raw --reveal"), @"
    ── stderr
    auditctl: error: there is no entry 99 in api_auditlog
    ── status 1
    ");
}

#[test]
fn raw_is_what_is_stored_byte_for_byte() {
    let env = TestEnv::with_story();
    assert_snapshot!(env.run("show 16 --raw --reveal"), @"
    Request Body: {'título': 'El ñandú'}, Response Code: 403, Response Body: {'detail': 'No autorizado'}[no line break]
    ── status 0
    ");
    assert_snapshot!(env.run("show 18 --raw --reveal"), @"
    ── stderr
    entry 18 has no details (NULL)
    ── status 0
    ");
    let database = env.connect();
    let bytes: Vec<u8> = (0..=255).collect();
    let long = "ñ\0".repeat(3_000_000).into_bytes();
    for stored in [&b""[..], b"\n", &bytes, &long] {
        for as_text in [true, false] {
            let value = if as_text { "CAST(?1 AS TEXT)" } else { "?1" };
            database.execute(&format!("UPDATE api_auditlog SET details = {value} WHERE id = 4"), [stored]).unwrap();
            let ran = env.run("show 4 --raw --reveal");
            assert!(ran.stdout == stored && ran.stderr.is_empty() && ran.status == 0, "{} bytes", stored.len());
        }
    }
}

#[test]
fn raw_is_for_one_entry_and_who_may_see_everything() {
    let env = TestEnv::with_story();
    assert_snapshot!(env.run("show 16 --raw"), @"
    ── stderr
    auditctl: error: --raw prints what is stored, secrets too: it needs --reveal
    ── status 2
    ");
    assert_snapshot!(env.run("show 16 17 --raw --reveal"), @"
    ── stderr
    auditctl: error: --raw prints the bytes of one entry: name one id
    ── status 2
    ");
    assert_snapshot!(env.run("show 16 --raw --reveal -o json"), @"
    ── stderr
    auditctl: error: the argument '--raw' cannot be used with '--output <FORMAT>'
    hint: see auditctl show --help
    ── status 2
    ");
}

#[test]
fn ids_have_to_be_ids() {
    let env = TestEnv::with_story();
    assert_snapshot!(env.run("show"), @"
    ── stderr
    auditctl: error: the following required arguments were not provided: <ID>...
    hint: see auditctl show --help
    ── status 2
    ");
    assert_snapshot!(env.run("show nine"), @"
    ── stderr
    auditctl: error: invalid value 'nine' for '<ID>...': that is not a whole number; give one such as 812
    ── status 2
    ");
    assert_snapshot!(env.run("show 9223372036854775808"), @"
    ── stderr
    auditctl: error: invalid value '9223372036854775808' for '<ID>...': there is no number as large as this; give one such as 812
    ── status 2
    ");
}

#[test]
fn colours_tell_keys_from_values() {
    let env = TestEnv::with_story();
    assert_snapshot!(env.run("show 5 --color always"), @r#"
    ␛[1mentry 5␛[0m
      ␛[2mtime    ␛[0m  2026-11-21T00:00:00-06:00
      ␛[2muser    ␛[0m  ana (id 5, ana.ñandú@parque.example)
      ␛[2maction  ␛[0m  POST /api/payments/
      ␛[2mmodel   ␛[0m  API Request
      ␛[2mstatus  ␛[0m  ␛[32m201␛[0m
      ␛[2mrequest ␛[0m  ␛[2m(None: not recorded, or null)␛[0m
      ␛[2mresponse␛[0m  {
                  ␛[34m"id"␛[0m: ␛[36m1␛[0m,
                  ␛[34m"purchase_order"␛[0m: ␛[36m9␛[0m,
                  ␛[34m"status"␛[0m: ␛[32m"SUCCESS"␛[0m
                }
    ── status 0
    "#);
}
