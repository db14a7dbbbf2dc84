//! The users of the park. Their passwords are for the demo only: they open nothing but a database built by it.

/// A user, as far as it is the same in every demo.
#[derive(Debug, PartialEq, Eq)]
pub struct Person {
    /// The primary key.
    pub id: i64,
    /// The name to log in with.
    pub username: &'static str,
    /// The first name.
    pub first_name: &'static str,
    /// The last name.
    pub last_name: &'static str,
    /// The e-mail address, at a domain that nobody can own.
    pub email: &'static str,
    /// The password; the rows of logins hold it as the service stores them, in the clear.
    pub password: &'static str,
    /// What Django's `make_password` made of it.
    pub hash: &'static str,
    /// Whether the user may do everything.
    pub is_superuser: bool,
    /// Whether the user may enter the administration.
    pub is_staff: bool,
    /// The role that the user has in the shop.
    pub role: i64,
    /// The telephone number.
    pub phone: Option<&'static str>,
    /// The province the user lives in.
    pub province: Option<&'static str>,
}

/// Runs the park.
pub(super) const DIRECTORA: i64 = 1;
/// Keeps the accounts.
pub(super) const GERARDO: i64 = 2;
/// Sold tickets until he was found out.
pub(super) const LUIS: i64 = 3;
/// The machine at the south gate.
pub(super) const KIOSK: i64 = 4;
/// Sells tickets.
pub(super) const ANA: i64 = 5;
/// A customer.
pub(super) const MARISOL: i64 = 6;
/// A customer.
pub(super) const MEI: i64 = 9;
/// A customer whose name is all digits.
pub(super) const DIGITS: i64 = 10;

/// Those who were there from the first day; the others registered themselves.
pub(super) const STAFF: std::ops::RangeInclusive<i64> = 1..=5;

/// Everybody, by id.
pub const PEOPLE: [Person; 12] = [
    Person {
        id: 1,
        username: "directora",
        first_name: "Rebeca",
        last_name: "Solano Mora",
        email: "rebeca.solano@parque.example",
        password: "Tucan-Azul-27",
        hash: "pbkdf2_sha256$1000000$OiCg7il1eN3AwSzH0MtGZp$huigKa+uYRkSCkwP2GQVEkyj1HQMj68tC3rqLBy3qFw=",
        is_superuser: true,
        is_staff: true,
        role: 1,
        phone: Some("+506 2222-0101"),
        province: Some("Limón"),
    },
    Person {
        id: 2,
        username: "gerardo",
        first_name: "Gerardo",
        last_name: "Quirós",
        email: "gerardo.quiros@parque.example",
        password: "cuentas claras",
        hash: "pbkdf2_sha256$1000000$t00UzQh74FU7qQjA1VxBNe$9E5EZ2NqweAcgBnMootBxlzRKyNb7uBRUfJNabITi3g=",
        is_superuser: false,
        is_staff: true,
        role: 3,
        phone: Some("+506 2222-0102"),
        province: Some("San José"),
    },
    Person {
        id: 3,
        username: "luis.mora",
        first_name: "Luis",
        last_name: "Mora",
        email: "luis.mora@parque.example",
        password: "Saprissa1935",
        hash: "pbkdf2_sha256$1000000$hk5273zFtLifuqQN7RzgZh$jqNb/1NEzZQ9JDiAiCNNQTWRdvH3tg9pT98qvGlrgP4=",
        is_superuser: false,
        is_staff: true,
        role: 2,
        phone: None,
        province: Some("Cartago"),
    },
    Person {
        id: 4,
        username: "kiosco",
        first_name: "Kiosco",
        last_name: "Entrada Sur",
        email: "kiosco@parque.example",
        password: "k10sc0-entrada-sur",
        hash: "pbkdf2_sha256$1000000$wmW0ltCcPT6c3hGmuK4u9g$2ErVmRsifljvORCkdU9xGoqviPmIB1+owMmTHa79AIg=",
        is_superuser: false,
        is_staff: false,
        role: 2,
        phone: None,
        province: None,
    },
    Person {
        id: 5,
        username: "ana",
        first_name: "Ana",
        last_name: "Ñandú Jiménez",
        email: "ana.ñandú@parque.example",
        password: "ñandú 4 patas",
        hash: "pbkdf2_sha256$1000000$C0JjonK614jGlA5LArBAVv$ZJIus6L0VfWm4BTCxmB22rgx7ZVdX48d1arZMl1KBUI=",
        is_superuser: false,
        is_staff: true,
        role: 2,
        phone: None,
        province: None,
    },
    Person {
        id: 6,
        username: "marisol",
        first_name: "Marisol",
        last_name: "Vargas Chaves",
        email: "marisol.vargas@correo.example",
        password: "Marisol.2004",
        hash: "pbkdf2_sha256$1000000$hTy6ZiTX4mWMeyX77zqzSd$WKyvovLnzeGUDg//dFkwJUqrjMyyyBmVfCF7u5jt1yQ=",
        is_superuser: false,
        is_staff: false,
        role: 5,
        phone: Some("+506 8811-2233"),
        province: Some("Heredia"),
    },
    Person {
        id: 7,
        username: "josé.araya",
        first_name: "José",
        last_name: "Araya",
        email: "jose.araya@correo.example",
        password: "olla-de-carne",
        hash: "pbkdf2_sha256$1000000$J8XIKq0d7bxKLnFV6BG42i$FOjuH23hi2A2eWOmGNrDkdCK0Q3pxy54JXxRgCjVlZQ=",
        is_superuser: false,
        is_staff: false,
        role: 5,
        phone: None,
        province: Some("Limón"),
    },
    Person {
        id: 8,
        username: "juergen",
        first_name: "Jürgen",
        last_name: "Weiß",
        email: "juergen.weiss@post.example",
        password: "Schildkröte!9",
        hash: "pbkdf2_sha256$1000000$BiiPDvdjwg8ZGKd9Astom8$kEc3ihql8mrY5fuEVMzJEdSwJeY/WG0j0Z0K798B/yE=",
        is_superuser: false,
        is_staff: false,
        role: 5,
        phone: Some("+49 30 901820"),
        province: None,
    },
    Person {
        id: 9,
        username: "mei.chen",
        first_name: "美玲",
        last_name: "陈",
        email: "mei.chen@mail.example",
        password: "tortuga88",
        hash: "pbkdf2_sha256$1000000$rDO1calrvqhraoj593dieq$GNXe0Kx5m470UOKJSXFT7rODEl+A6AZ4sM6d8Lo/HhA=",
        is_superuser: false,
        is_staff: false,
        role: 5,
        phone: None,
        province: None,
    },
    Person {
        id: 10,
        username: "88887777",
        first_name: "",
        last_name: "",
        email: "familia.rojas@correo.example",
        password: "88887777abc",
        hash: "pbkdf2_sha256$1000000$bGwtYkrIBWexUaeFixOfri$4JqI6Gk9KkyQonCYhocUH4K3sQRpjdL4cQ4arHo4tts=",
        is_superuser: false,
        is_staff: false,
        role: 5,
        phone: None,
        province: Some("Puntarenas"),
    },
    Person {
        id: 11,
        username: "sean",
        first_name: "Seán",
        last_name: "O'Brien",
        email: "sean.obrien@post.example",
        password: "it's 5 o'clock",
        hash: "pbkdf2_sha256$1000000$tKsRB4rfKSovfNSWVE5jme$3miZXzsQVNJBO6kPwLtzwt4w/0+DW3Vbm/rTBrJXbVg=",
        is_superuser: false,
        is_staff: false,
        role: 5,
        phone: None,
        province: None,
    },
    Person {
        id: 12,
        username: "valeria",
        first_name: "Valeria",
        last_name: "Brown",
        email: "valeria.brown@correo.example",
        password: "Limon-Norte-3",
        hash: "pbkdf2_sha256$1000000$ZMpWoDMGvqJB2KK4XG1gId$EramYVAt3BX4n78dKCHE7DwEFm4EmWsnwFc4a/duN08=",
        is_superuser: false,
        is_staff: false,
        role: 5,
        phone: Some("+506 8700-4412"),
        province: Some("Limón"),
    },
];

/// The person with this id, who is one of the constants above.
pub(super) fn person(id: i64) -> &'static Person {
    &PEOPLE[(id - 1) as usize]
}
