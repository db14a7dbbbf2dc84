//! What is masked and what is not, case by case: before and after.

use std::borrow::Cow;

use super::*;

fn redact(text: &str) -> String {
    Redactor::default().text(text).into_owned()
}

/// Each case masked as it says, and once is enough.
fn check(cases: &[(&str, &str)]) {
    let mut wrong = String::new();
    for (before, after) in cases {
        let is = redact(before);
        if is != *after {
            wrong += &format!("\n   text {before:?}\n     is {is:?}\n should {after:?}\n");
        }
        assert_eq!(redact(&is), is, "a second time, {before}");
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Each case as it was, and not even copied.
fn check_untouched(cases: &[&str]) {
    let redactor = Redactor::default();
    for text in cases {
        assert!(matches!(redactor.text(text), Cow::Borrowed(_)), "{text} became {}", redactor.text(text));
    }
}

#[test]
fn python_literals() {
    check(&[
        ("{'username': 'user5', 'password': 'x'}", "{'username': 'user5', 'password': '[redacted]'}"),
        ("{'password': 'it\\'s \"q\"', 'a': 1}", "{'password': '[redacted]', 'a': 1}"),
        ("{\"password\": \"it's\", 'a': 1}", "{\"password\": '[redacted]', 'a': 1}"),
        ("{'pin': 1234, 'otp': None, 'cvv': True}", "{'pin': '[redacted]', 'otp': '[redacted]', 'cvv': '[redacted]'}"),
        ("{'password': ''}", "{'password': '[redacted]'}"),
        ("[{'a': {'refresh_token': ['x', {'y': 1}], 'b': 2}}]", "[{'a': {'refresh_token': '[redacted]', 'b': 2}}]"),
        ("{'token': {}, 'pins': []}", "{'token': '[redacted]', 'pins': []}"),
        ("{'\\nPIN\\t': 1}", "{'\\nPIN\\t': '[redacted]'}"),
        ("{'x': inf, 'pin': nan}", "{'x': inf, 'pin': '[redacted]'}"),
        // Strings are texts again, quoted as Python would.
        ("['a=1&password=x\\'y&b=2', 'it\\'s']", "['a=1&password=[redacted]&b=2', 'it\\'s']"),
        ("[\"it's token=a b\", 5]", "[\"it's token=[redacted]\", 5]"),
        ("{'log': 'ñ\\npassword: x\\n😀\\x00'}", "{'log': 'ñ\\npassword: [redacted]\\n😀\\x00'}"),
        ("{'a': '{\"password\": \"x\\\\\"y\", \"b\": 1}'}", "{'a': '{\"password\": \"[redacted]\", \"b\": 1}'}"),
        ("{'a': \"{'password': 'x', 'b': 1}\"}", "{'a': \"{'password': '[redacted]', 'b': 1}\"}"),
        ("{'password=x&a=1': ''}", "{'password=[redacted]&a=1': '[redacted]'}"),
        ("{'Bearer abc': 1}", "{'Bearer [redacted]': 1}"),
        ("[4111111111111111, 4111111111111112]", "[\"[redacted]\", 4111111111111112]"),
        ("['', 4111111111111111]", "['', '[redacted]']"),
    ]);
}

#[test]
fn json() {
    check(&[
        (r#"{"password": "x", "b": [1, null]}"#, r#"{"password": "[redacted]", "b": [1, null]}"#),
        (r#"{"p\u0061ssword":"x"}"#, r#"{"p\u0061ssword":"[redacted]"}"#),
        (r#"{"a": {"apiKey": {"b": ["}"]}}, "c": true}"#, r#"{"a": {"apiKey": "[redacted]"}, "c": true}"#),
        (r#"{"a": "{\"token\": \"x\", \"b\": \"\u00f1\"}"}"#, r#"{"a": "{\"token\": \"[redacted]\", \"b\": \"ñ\"}"}"#),
        (
            r#"{"a": "{\"b\": \"{\\\"token\\\": 5}\"}", "c": 1}"#,
            r#"{"a": "{\"b\": \"{\\\"token\\\": \\\"[redacted]\\\"}\"}", "c": 1}"#,
        ),
        (r#"{"card": 4111111111111111}"#, r#"{"card": "[redacted]"}"#),
        (
            r#"{"card": -4111111111111111, "at": 4111111111111111.0}"#,
            r#"{"card": -4111111111111111, "at": 4111111111111111.0}"#,
        ),
        (r#"{"password":"x"} {"password":"y"}"#, r#"{"password":"[redacted]"} {"password":"[redacted]"}"#),
    ]);
}

#[test]
fn torn_and_broken_literals() {
    check(&[
        ("{'a': 'b', 'password': 'x", "{'a': 'b', 'password': '[redacted]"),
        ("{'password': \"it's", "{'password': \"[redacted]"),
        ("{'pin': 12", "{'pin': '[redacted]'"),
        ("{'pin': -", "{'pin': '[redacted]'"),
        ("{'pin': Tru", "{'pin': '[redacted]'"),
        ("{'password': {'a': 'x', 'b", "{'password': '[redacted]'"),
        ("{'a': '{\"password\": \"x", "{'a': '{\"password\": \"[redacted]"),
        (r#"{"a": "{\"token\": \"x\\"#, r#"{"a": "{\"token\": \"[redacted]"#),
        (r#"{"a": "token=x\"#, r#"{"a": "token=[redacted]"#),
        (
            "{'user': <User: 'bob'>, 'password': 'x y', 'b': 1}",
            "{'user': <User: 'bob'>, 'password': '[redacted]', 'b': 1}",
        ),
        ("{'password': <Hidden 'x', y: 1>, 'b': 1}", "{'password': '[redacted]', 'b': 1}"),
        ("{'password': {'a': <X 'y'>, 'b': 'z'}, 'c': 1}", "{'password': '[redacted]', 'c': 1}"),
        ("<QueryDict: {'password': ['x'], 'a': ['b']}>", "<QueryDict: {'password': '[redacted]', 'a': ['b']}>"),
        ("User(name='bob', password='x', pin=12)", "User(name='bob', password='[redacted]', pin=[redacted])"),
        (
            "{'when': datetime(2026, 1, 2), 'pin': Decimal('1.5'), 'a': 1}",
            "{'when': datetime(2026, 1, 2), 'pin': '[redacted]', 'a': 1}",
        ),
        ("OrderedDict([('password', 'x'), ('a', 1)])", "OrderedDict([('password', '[redacted]'), ('a', 1)])"),
        ("{password: 'x', user: 'y'}", "{password: '[redacted]', user: 'y'}"),
        ("{password: x, user: y}", "{password: [redacted], user: y}"),
        (
            r#"{"msg": "sent "password": "x y"", "token": "z"}"#,
            r#"{"msg": "sent "password": "[redacted]"", "token": "[redacted]"}"#,
        ),
        (r#"body="{\"password\": \"x\\\"y\", \"a\": 1}""#, r#"body="{\"password\": \"[redacted]\", \"a\": 1}""#),
        (r#"body='{"password": "x\\"y", "a": 1}'"#, r#"body='{"password": "[redacted]", "a": 1}'"#),
        (r#"data["password"] = "x""#, r#"data["password"] = "[redacted]""#),
        (r#""{""password"": ""x"", ""a"": 1}""#, r#""{""password"": ""[redacted]"", ""a"": 1}""#),
        ("{\"token\": b'x', \"a\": <b>}", "{\"token\": b'[redacted]', \"a\": <b>}"),
    ]);
}

#[test]
fn rows_of_the_audit_table() {
    check(&[
        (
            "Request Body: {'username': 'user5', 'password': 'x'}, Response Code: 404, Response Body: \n<!doctype html>\n<html>",
            "Request Body: {'username': 'user5', 'password': '[redacted]'}, Response Code: 404, Response Body: \n<!doctype html>\n<html>",
        ),
        (
            "Request Body: password=x, y&a=1, Response Code: 200, Response Body: {'token': 'z'}",
            "Request Body: password=[redacted]&a=1, Response Code: 200, Response Body: {'token': '[redacted]'}",
        ),
        (
            "Request Body: password=x y, Response Code: 200, Response Body: ",
            "Request Body: password=[redacted], Response Code: 200, Response Body: ",
        ),
        // The client put the separator into the password: the second split alone has a container, so it is certain.
        (
            "Request Body: password=x, Response Code: 200, Response Body: y, Response Code: 404, Response Body: {'a': 1}",
            "Request Body: password=[redacted], Response Code: 404, Response Body: {'a': 1}",
        ),
        // Uncertain: all that may be the password is masked.
        (
            "Request Body: password=x, Response Code: 200, Response Body: y, Response Code: 404, Response Body: <p>",
            "Request Body: password=[redacted], Response Code: 404, Response Body: <p>",
        ),
        (
            "Request Body: {\"password\": \"x, Response Code: 400, Response Body: {'detail': 'JSON parse error'}",
            "Request Body: {\"password\": \"[redacted], Response Code: 400, Response Body: {'detail': 'JSON parse error'}",
        ),
        (
            "Request Body: , Response Code: 200, Response Body: {'results': [{'id': 87, 'details': \"Request Body: {'password': 'x'}, Response Code: 200, Response Body: ['a']\"}]}",
            "Request Body: , Response Code: 200, Response Body: {'results': [{'id': 87, 'details': \"Request Body: {'password': '[redacted]'}, Response Code: 200, Response Body: ['a']\"}]}",
        ),
        (
            "Request Body: [4111111111111111], Response Code: 200, Response Body: 4111111111111111",
            "Request Body: ['[redacted]'], Response Code: 200, Response Body: [redacted]",
        ),
        (
            "2026 INFO saved Request Body: pin=1, 2, Response Code: 200, Response Body: ok",
            "2026 INFO saved Request Body: pin=[redacted], Response Code: 200, Response Body: ok",
        ),
    ]);
}

#[test]
fn forms_and_urls() {
    check(&[
        ("a=1&password=x&b=2", "a=1&password=[redacted]&b=2"),
        ("username=bob&password=hunter2,horse battery\n", "username=bob&password=[redacted]\n"),
        ("a=1&pass%77ord=x&b=2", "a=1&pass%77ord=[redacted]&b=2"),
        ("user[password]=x&user[name]=y", "user[password]=[redacted]&user[name]=y"),
        ("user%5Bpassword%5D=x&user%5Bname%5D=y", "user%5Bpassword%5D=[redacted]&user%5Bname%5D=y"),
        ("password=&a=1", "password=&a=1"),
        ("a=1&data=%7B%22pin%22%3A+%22x%22%7D", "a=1&data=%7B%22pin%22%3A+%22[redacted]%22%7D"),
        ("a=1&data={\"pin\": \"x\"}", "a=1&data={\"pin\": \"[redacted]\"}"),
        ("a=1&note=paid+with+4111+1111+1111+1111", "a=1&note=paid+with+[redacted]"),
        ("a=1&next=%2Flogin%3Ftoken%3Dx%26b%3D2", "a=1&next=%2Flogin%3Ftoken%3D[redacted]%26b%3D2"),
        ("GET https://host/login?token=abc&x=1 200", "GET https://host/login?token=[redacted]&x=1 200"),
        (
            "GET /login?next=%2Fa%3Ftoken%3Dabc%26x%3D1&y=2 200",
            "GET /login?next=%2Fa%3Ftoken%3D[redacted]%26x%3D1&y=2 200",
        ),
        ("see /x?pass%77ord=abc&x=1", "see /x?pass%77ord=[redacted]&x=1"),
        ("<a href=\"/x?token=abc&amp;x=1\">", "<a href=\"/x?token=[redacted]&amp;x=1\">"),
    ]);
}

#[test]
fn headers_and_cookies() {
    check(&[
        ("Host: a\nAuthorization: Digest u=\"b\", r=\"c\"\nX: y", "Host: a\nAuthorization: [redacted]\nX: y"),
        (
            "Cookie: a=b; sessionid=c\r\nX-Api-Key: d e\r\nHost: f",
            "Cookie: [redacted]\r\nX-Api-Key: [redacted]\r\nHost: f",
        ),
        ("Set-Cookie: sessionid=c; Path=/; HttpOnly\nA: b", "Set-Cookie: [redacted]\nA: b"),
        ("Cookie: a=\"b\", c\n more; d=e\nHost: f", "Cookie: [redacted]\nHost: f"),
        (
            "curl -H 'Cookie: a=\"b\"; c=d' -H \"Authorization: Basic eHg6eXk=\" url",
            "curl -H 'Cookie: [redacted]' -H \"Authorization: [redacted]\" url",
        ),
        ("got sessionid=abc; csrftoken=def; theme=dark", "got sessionid=[redacted]; csrftoken=[redacted]; theme=dark"),
        ("{'headers': 'Authorization: Token x\\nHost: y'}", "{'headers': 'Authorization: [redacted]\\nHost: y'}"),
        ("HTTP_COOKIE=a=b; c=d", "HTTP_COOKIE=[redacted]"),
    ]);
}

#[test]
fn multipart() {
    check_untouched(&[
        "--b1\r\nContent-Disposition: form-data; name=a; filename=token\r\n\r\nx\r\n--b1--",
        "--b1\r\nContent-Disposition: form-data; name=\"a\"; filename=\"token.txt\"\r\n\r\nx\r\n--b1--",
    ]);
    check(&[
        (
            "--b1\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nx\ny--\r\n--b1\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b1--\r\n",
            "--b1\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n[redacted]\r\n--b1\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b1--\r\n",
        ),
        (
            "--b1\nContent-Disposition: form-data; name=\"token\"; filename=\"a\"\nContent-Type: text/plain\n\nx",
            "--b1\nContent-Disposition: form-data; name=\"token\"; filename=\"a\"\nContent-Type: text/plain\n\n[redacted]",
        ),
        (
            "--b1\r\nContent-Disposition: form-data; name=password\r\n\r\nx\r\n--b1\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b1--\r\n",
            "--b1\r\nContent-Disposition: form-data; name=password\r\n\r\n[redacted]\r\n--b1\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b1--\r\n",
        ),
        (
            "--b1\nContent-Disposition: form-data; name=pin; filename=a\n\nx\n--b1--",
            "--b1\nContent-Disposition: form-data; name=pin; filename=a\n\n[redacted]\n--b1--",
        ),
        (
            r#"<R '--b1\r\nContent-Disposition: form-data; name="pin"\r\n\r\n1234\r\n--b1--'>"#,
            r#"<R '--b1\r\nContent-Disposition: form-data; name="pin"\r\n\r\n[redacted]\r\n--b1--'>"#,
        ),
    ]);
}

#[test]
fn markup() {
    check(&[
        (
            "<user><password>a <b>c</b></password><a>1</a></user>",
            "<user><password>[redacted]</password><a>1</a></user>",
        ),
        ("<ns:Token type=\"x\">abc</ns:Token>", "<ns:Token type=\"x\">[redacted]</ns:Token>"),
        ("<user><password>abc", "<user><password>[redacted]"),
        ("&lt;pin&gt;12&lt;/pin&gt; &lt;a&gt;", "&lt;pin&gt;[redacted]&lt;/pin&gt; &lt;a&gt;"),
        (
            "<input type=\"hidden\" name=\"csrfmiddlewaretoken\" value=\"abc\"><p>x</p>",
            "<input type=\"hidden\" name=\"csrfmiddlewaretoken\" value=\"[redacted]\"><p>x</p>",
        ),
        ("<input value='abc' name='password'>", "<input value='[redacted]' name='password'>"),
        ("<meta name=\"csrf-token\" content=\"abc\"/>", "<meta name=\"csrf-token\" content=\"[redacted]\"/>"),
        (
            "<tr>\n<td>password</td>\n<td class=\"code\"><pre>&#x27;x&#x27;</pre></td>",
            "<tr>\n<td>password</td>\n<td class=\"code\"><pre>[redacted]</pre></td>",
        ),
        (
            "<pre>{&quot;password&quot;: &quot;x&quot;, &quot;a&quot;: 1}</pre>",
            "<pre>{&quot;password&quot;: &quot;[redacted]&quot;, &quot;a&quot;: 1}</pre>",
        ),
        ("<p>token: abc</p>", "<p>token: [redacted]</p>"),
        (
            "x\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----\ny",
            "x\n-----BEGIN RSA PRIVATE KEY-----\n[redacted]\n-----END RSA PRIVATE KEY-----\ny",
        ),
    ]);
    check_untouched(&[
        "<label for=\"id_password\">Password:</label> <input type=\"password\" name=\"password\" id=\"id_password\">",
        "<h1>Token</h1><p>text</p>",
        "</token>",
        "<token/>",
    ]);
}

#[test]
fn logs_and_prose() {
    check(&[
        ("login failed, password=hunter2, user=bob", "login failed, password=[redacted], user=bob"),
        ("login failed with password=hunter2,", "login failed with password=[redacted],"),
        ("user=bob,password=hunter2,ip=1.2.3.4", "user=bob,password=[redacted],ip=1.2.3.4"),
        ("level=info token=abc user=\"bob\"", "level=info token=[redacted] user=\"bob\""),
        ("a password: correct horse battery", "a password: [redacted]"),
        ("Usuario: ana - password: hunter2 - Acción: CREATE", "Usuario: ana - password: [redacted] - Acción: CREATE"),
        ("(token=abc) done", "(token=[redacted]) done"),
        ("api key = abc, x = 1", "api key = [redacted], x = 1"),
        ("the card number: 4111", "the card number: [redacted]"),
        ("API_KEY=abc\nexport PIN='1 2'\nx=1", "API_KEY=[redacted]\nexport PIN='[redacted]'\nx=1"),
        ("password=it's me, user=bob", "password=[redacted], user=bob"),
        ("password='it's me', user=bob", "password='[redacted]', user=bob"),
        ("password={'a': 'b', 'c': 'd'} user=bob", "password=[redacted] user=bob"),
        ("user: bob\npassword: a, b: c\nx: y", "user: bob\npassword: [redacted]\nx: y"),
        ("password:\n  - a\n  - b\nuser: c", "password:\n  [redacted]\nuser: c"),
        ("db:\n  password: |\n    a\n    b\n  user: c", "db:\n  password: [redacted]\n  user: c"),
        ("\"password of bob\": \"x\"", "\"password of bob\": \"[redacted]\""),
        ("sent 'token=a b', then 'c'", "sent 'token=[redacted]', then 'c'"),
        ("Token 9944b09199c62bcf9418ad846dd0e4bbdfc6ee4b used", "Token [redacted] used"),
        ("used Bearer abc.def, then", "used Bearer [redacted], then"),
        ("jot eyJhbGciOi.eyJzdWI.c2ln.", "jot [redacted]."),
        ("paid with 4111 1111 1111 1111 12/27", "paid with [redacted] 12/27"),
    ]);
}

#[test]
fn values_that_another_field_names() {
    check(&[
        ("{'name': 'password', 'value': 'x'}", "{'name': 'password', 'value': '[redacted]'}"),
        (
            r#"[{"value": {"a": ["x"]}, "key": "api_key", "b": 1}, {"key": "a", "value": "y"}]"#,
            r#"[{"value": "[redacted]", "key": "api_key", "b": 1}, {"key": "a", "value": "y"}]"#,
        ),
        (
            "{'headers': [{'Name': 'Cookie', 'Value': 'a=b'}, {'Name': 'Host', 'Value': 'h'}], 'value': 1}",
            "{'headers': [{'Name': 'Cookie', 'Value': '[redacted]'}, {'Name': 'Host', 'Value': 'h'}], 'value': 1}",
        ),
        (
            "{'name': 'pin', 'in': {'name': 'a', 'value': 2}, 'value': 1234}",
            "{'name': 'pin', 'in': {'name': 'a', 'value': 2}, 'value': '[redacted]'}",
        ),
        ("{'name': 'password', 'value': 'x", "{'name': 'password', 'value': '[redacted]"),
        ("{'name': 'password', 'value': <Hidden 'x'>, 'a': 1}", "{'name': 'password', 'value': '[redacted]', 'a': 1}"),
        ("{'name': 'pin', 'value': '12' + x, 'a': 1}", "{'name': 'pin', 'value': '[redacted]' + x, 'a': 1}"),
        (
            r#"log {\"name\": \"password\", \"value\": \"x y\", \"a\": 1} end"#,
            r#"log {\"name\": \"password\", \"value\": \"[redacted]\", \"a\": 1} end"#,
        ),
        (
            "[{&quot;key&quot;: &quot;token&quot;, &quot;value&quot;: &quot;x&quot;}]",
            "[{&quot;key&quot;: &quot;token&quot;, &quot;value&quot;: &quot;[redacted]&quot;}]",
        ),
    ]);
    check_untouched(&[
        "{'name': 'pinned', 'value': 'x'}",
        "{'name': 'password', 'values': 'x'}",
        "{'name': 'a', 'b': [{'name': 'password'}], 'value': 'x'}",
        "{'name': ['password'], 'value': 'x'}",
        "{'name': 'This password was changed by its owner, who forgot it, and it is long', 'value': 'x'}",
    ]);
}

#[test]
fn credentials_in_urls_and_headers() {
    check(&[
        ("postgres://user:hunter2@db/park?x=1", "postgres://user:[redacted]@db/park?x=1"),
        ("see http://a:b@c/ and redis://:d@e.", "see http://a:[redacted]@c/ and redis://:[redacted]@e."),
        ("clone https://ghp_a1b2c3@git.ex.com/x.git", "clone https://[redacted]@git.ex.com/x.git"),
        ("go%3Furl%3Dhttps%3A%2F%2Fghp_a1b2c3%40ex.com", "go%3Furl%3Dhttps%3A%2F%2F[redacted]%40ex.com"),
        ("DSN=postgres://ana:12/ab@db/park", "DSN=postgres://ana:[redacted]@db/park"),
        ("{'url': 'https://ana:s3cr3t@ex.com/a'}", "{'url': 'https://ana:[redacted]@ex.com/a'}"),
        (r#"{"url": "https:\/\/ana:s3cr3t@ex.com\/a"}"#, r#"{"url": "https://ana:[redacted]@ex.com/a"}"#),
        ("a=1&next=https%3A%2F%2Fana%3As3%40@ex.com", "a=1&next=https%3A%2F%2Fana%3A[redacted]%40ex.com"),
        ("GET /?u=amqp%3A%2F%2Fa%3Ab%40c HTTP", "GET /?u=amqp%3A%2F%2Fa%3A[redacted]%40c HTTP"),
        ("<a href=\"ftp://a:b@c/d\">", "<a href=\"ftp://a:[redacted]@c/d\">"),
        ("sent Basic dXNlcjpwYXNz, then", "sent Basic [redacted], then"),
        ("['Basic dXNlcjpwYXNz']", "['Basic [redacted]']"),
        ("curl 'basic dXNlcjpwYXNzdw==' x", "curl 'basic [redacted]' x"),
    ]);
    check_untouched(&[
        "http://host:80/a@b",
        "http://host/ana@ex.com:5",
        "https://ana@ex.com/x",
        "https://ex.com/ana@ex.com?to=ghp_a1b2c3@ex.com",
        "ssh://git@ex.com:22/x@y",
        "http://[redacted]@ex.com:80/x@y",
        "http://user:[redacted]@host",
        "mailto:ana@ex.com, time 12:30@home",
        "{'next': 'http://park.example:8000/api/?page=2', 'email': 'ana@ex.com'}",
        "the Basic plan, Basic Authentication, BASIC information",
    ]);
}

#[test]
fn logs() {
    check(&[
        (
            "2026-11-23 03:09:54 - purchase_audit - INFO - audit - log_event:47 - AUDIT: {\"event_type\": \"UPDATE\", \"changes\": {\"password\": {\"from\": \"a\", \"to\": \"b\"}, \"status\": {\"from\": \"ñ\", \"to\": \"PAID\"}}, \"extra_data\": {\"url\": \"https://a:b@c\"}}",
            "2026-11-23 03:09:54 - purchase_audit - INFO - audit - log_event:47 - AUDIT: {\"event_type\": \"UPDATE\", \"changes\": {\"password\": \"[redacted]\", \"status\": {\"from\": \"ñ\", \"to\": \"PAID\"}}, \"extra_data\": {\"url\": \"https://a:[redacted]@c\"}}",
        ),
        (
            "2026-11-23 03:09:54 - system_errors - ERROR - views - post:60 - failed\nTraceback (most recent call last):\n  File \"/srv/park/views.py\", line 60, in post\n    login(user, password='hunter2')\nValueError: bad login {'user': 'ana', 'password': 'hunter2'}\n",
            "2026-11-23 03:09:54 - system_errors - ERROR - views - post:60 - failed\nTraceback (most recent call last):\n  File \"/srv/park/views.py\", line 60, in post\n    login(user, password='[redacted]')\nValueError: bad login {'user': 'ana', 'password': '[redacted]'}\n",
        ),
        (
            "- payments - INFO - Usuario: ana (ID: 5) - Acción: LOGIN - Detalles: password=hunter2, total: 50000",
            "- payments - INFO - Usuario: ana (ID: 5) - Acción: LOGIN - Detalles: password=[redacted], total: 50000",
        ),
        (
            "10.0.0.1 - - [23/Nov/2026:03:09:54 -0600] \"GET /reset/?token=abc-123&next=/a HTTP/1.1\" 200 512 \"https://park.example/?pin=1\" \"curl/8\"",
            "10.0.0.1 - - [23/Nov/2026:03:09:54 -0600] \"GET /reset/?token=[redacted]&next=/a HTTP/1.1\" 200 512 \"https://park.example/?pin=[redacted]\" \"curl/8\"",
        ),
        (
            "django.db.utils.OperationalError: connection to postgres://park:hunter2@db:5432/park failed",
            "django.db.utils.OperationalError: connection to postgres://park:[redacted]@db:5432/park failed",
        ),
    ]);
}

#[test]
fn what_is_no_secret() {
    check_untouched(&[
        "",
        "Request Body: , Response Code: 204, Response Body: ",
        "Action updated on purchaseorders with id 9",
        "{'detail': 'Invalid token.', 'code': 'token_not_valid'}",
        "{'tokens_left': 5, 'pinned': True, 'secretary': 'ana', 'shipping': 'x', 'company': {'option': 1}}",
        "CSRF Failed: CSRF token missing.",
        "GET /api/token/refresh/ 200",
        "the bearer of this",
        "WWW-Authenticate: Bearer realm=\"api\"",
        "{'scheme': 'Bearer', 'expires_in': 300}",
        "password=&a=1",
        "Password: \n",
        "Shipping PINned, SPAN tokenSmith spinach",
        "password = [redacted]",
        "a=1&password=[redacted]",
        "{'password': '[redacted]'}",
        "Token::new, token://x, passwords: 5",
        "id 2026-11-23T03:09:54.628009-06:00 ref TX4111111111111111 4111111111111111.5",
        "{",
        "['",
        "'password'",
        "password",
        "password:",
    ]);
}

#[test]
fn texts_in_texts_without_end() {
    let percent = |text: &str| text.replace('%', "%25").replace('&', "%26").replace('=', "%3D");
    let nested = (0..40).fold("a=1&password=S3CR3T".to_string(), |inner, _| format!("a=1&b={}", percent(&inner)));
    assert!(!redact(&nested).contains("S3CR3T"));
    // Brackets are no texts in texts.
    let deep = format!("{}{{'password': 'S3CR3T'}}{}", "[".repeat(200_000), "]".repeat(200_000));
    assert_eq!(redact(&deep), deep.replace("S3CR3T", MASK));
    let torn = format!("{}{{'password': 'S3CR3T", "[".repeat(200_000));
    assert_eq!(redact(&torn), torn.replace("S3CR3T", MASK));
}

#[test]
fn decoded_values() {
    use crate::audit::body_value;

    let json = |value: Value| {
        let mut json = String::new();
        value.write_json(&mut json);
        json
    };
    for (body, expected) in [
        (
            "{'a': {'password': [1, {'b': 2}], 'c': 'pin=1 2'}}",
            r#"{"a":{"password":"[redacted]","c":"pin=[redacted]"}}"#,
        ),
        ("{'token': None, 'x': [4111111111111111, 1.5]}", r#"{"token":"[redacted]","x":["[redacted]",1.5]}"#),
        ("{'Bearer x': {'token': {}}, 'y': []}", r#"{"Bearer [redacted]":{"token":"[redacted]"},"y":[]}"#),
        ("4111111111111111", r#""[redacted]""#),
        ("password=correct, horse=5", r#""password=[redacted]""#),
        ("[]", "[]"),
    ] {
        assert_eq!(json(Redactor::default().value(body_value(body))), expected, "{body}");
    }
}

#[test]
fn the_list_is_the_profiles() {
    let redactor = Redactor::new(&["iban".to_string(), "contraseña".to_string()], &["pin".to_string()]);
    for (before, after) in [
        ("{'iban': 'x', 'pin': 1}", "{'iban': '[redacted]', 'pin': 1}"),
        ("CONTRASEÑA=x y&IBAN=z", "CONTRASEÑA=[redacted]&IBAN=[redacted]"),
        (r#"{"contrase\u00f1a": "x"}"#, r#"{"contrase\u00f1a": "[redacted]"}"#),
        ("a=1&contrase%C3%B1a=x", "a=1&contrase%C3%B1a=[redacted]"),
        ("la contraseña: x", "la contraseña: [redacted]"),
    ] {
        assert_eq!(redactor.text(before), after);
    }
    assert!(redactor.is_secret("contraseña2") && !redactor.is_secret("pin"));
}
