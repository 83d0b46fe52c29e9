-- The database that the PostgreSQL taps read. Nothing in it is random or
-- depends on the clock: a second run gives the same rows.
SET TIME ZONE 'UTC';
SET client_min_messages = warning;

CREATE SCHEMA shop;
SET search_path = shop;

CREATE TYPE order_status AS ENUM ('new', 'paid', 'sent to customer', 'returned');

-- The large table: read INCREMENTAL, by updated_at.
CREATE TABLE orders (
    id         bigint PRIMARY KEY,
    customer   integer NOT NULL,
    updated_at timestamptz NOT NULL,
    amount     numeric(12,2),
    status     order_status NOT NULL,
    paid       boolean,
    note       text
);
INSERT INTO orders
SELECT n,
       (n * 7919) % 1000,
       timestamptz '2023-03-26 00:59:58.5+00' + n * interval '17 minutes 3.000417 seconds',
       CASE WHEN n % 17 = 0 THEN NULL ELSE ((n * 104729) % 10000000 - 500000)::numeric / 100 END,
       (enum_range(NULL::order_status))[1 + n % 4],
       CASE n % 3 WHEN 0 THEN true WHEN 1 THEN false END,
       CASE n % 8 WHEN 0 THEN '' WHEN 1 THEN 'a, b' WHEN 2 THEN 'she said "no"' WHEN 3 THEN E'two\nlines' WHEN 4 THEN 'naïve ☃' END
FROM generate_series(1, 1000) AS n;

-- Composite key, of which a part is text.
CREATE TABLE order_lines (
    order_id bigint,
    line     smallint,
    sku      varchar(12),
    quantity integer,
    price    numeric(10,4),
    PRIMARY KEY (order_id, line, sku)
);
INSERT INTO order_lines
SELECT n / 3 + 1, n % 3, 'SKU-' || lpad(n::text, 5, '0'), n % 5 - 1, (n * 31337 % 1000000)::numeric / 10000
FROM generate_series(0, 149) AS n;

-- No primary key, and rows that are equal.
CREATE TABLE events (
    name text,
    at   timestamp,
    data jsonb
);
INSERT INTO events
SELECT CASE WHEN n % 10 = 9 THEN NULL ELSE 'event ' || n % 4 END,
       timestamp '2024-02-29 23:59:59.999999' + (n / 2) * interval '1 day',
       CASE WHEN n % 5 = 0 THEN '{}' ELSE jsonb_build_object('n', n / 2, 'deep', jsonb_build_object('list', jsonb_build_array(n % 2, NULL, 'x'))) END
FROM generate_series(1, 60) AS n;

CREATE TABLE numbers (
    id      integer PRIMARY KEY,
    what    text NOT NULL,
    small   smallint,
    int     integer,
    big     bigint,
    num     numeric,
    num38   numeric(38,0),
    num38_10 numeric(38,10),
    num2    numeric(5,2),
    single  real,
    double  double precision
);
INSERT INTO numbers VALUES
 (1, 'zero', 0, 0, 0, 0, 0, 0, 0, 0, 0),
 (2, 'null', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
 (3, 'largest', 32767, 2147483647, 9223372036854775807, 99999999999999999999999999999999999999,
    99999999999999999999999999999999999999, 9999999999999999999999999999.9999999999, 999.99, 3.4028235e38, 1.7976931348623157e308),
 (4, 'smallest', -32768, -2147483648, -9223372036854775808, -99999999999999999999999999999999999999,
    -99999999999999999999999999999999999999, -9999999999999999999999999999.9999999999, -999.99, -3.4028235e38, -1.7976931348623157e308),
 (5, 'beyond a double', 1, 16777217, 9007199254740993, 9007199254740993.0000000000000000001,
    12345678901234567890123456789012345678, 1234567890123456789012345678.0123456789, 0.01, 16777216, 9007199254740992),
 (6, 'tiny', -1, -1, -1, 0.00000000000000000000000000000000000001, 1, 0.0000000001, 0.01, 1.17549435e-38, 2.2250738585072014e-308),
 (7, 'trailing zeros', 10, 100, 1000, 1.500000, 1000, 1.5000000000, 1.50, 1.5, 1.5),
 (8, 'the classics', 7, 7, 7, 0.1, 3, 0.3, 0.30, 0.1, 0.1),
 (9, 'negative fraction', -7, -7, -7, -0.333333333333333333, -3, -0.3333333333, -0.33, -0.33333334, -0.3333333333333333),
 (10, 'minus zero', 0, 0, 0, -0.0, 0, 0, -0.00, '-0', '-0'),
 (11, 'subnormal', 0, 0, 0, 0.5, 0, 0, 0, 1e-45, 5e-324),
 (12, 'exponents', 0, 0, 0, 1e30, 1e30, 1e20, 1e2, 1e20, 1e22),
 (13, 'digits', 0, 0, 0, 3.14159265358979323846264338327950288419, 0, 3.1415926536, 3.14, 3.1415927, 3.141592653589793);

CREATE TABLE texts (
    id      integer PRIMARY KEY,
    what    text NOT NULL,
    value   text,
    short   varchar(20),
    fixed   char(5)
);
INSERT INTO texts VALUES
 (1, 'null', NULL, NULL, NULL),
 (2, 'empty', '', '', ''),
 (3, 'a space', ' ', ' ', ' '),
 (4, 'spaces around', '  padded  ', ' p ', ' p'),
 (5, 'quotes', '"', '""', '"a"'),
 (6, 'quotes and commas', 'a","b', ',', '","'),
 (7, 'single quotes', 'it''s', '''', ''''''),
 (8, 'backslashes', E'\\ \\n \\\\ \\"', E'C:\\dir\\', E'\\'),
 (9, 'line feed', E'line 1\nline 2\n', E'\n', E'a\nb'),
 (10, 'carriage return', E'line 1\r\nline 2\rline 3', E'\r\n', E'\r'),
 (11, 'tab', E'a\tb', E'\t', E'\t'),
 (12, 'pipe and semicolon', 'a|b;c', '|', ';'),
 (13, 'control characters', E'\x01\x02\x07\b\f\x0B\x1B\x1F\x7F', E'\x01', E'\x1F'),
 (14, 'emoji', '😀 👩‍👩‍👧‍👦 🏳️‍🌈', '😀', '👍🏽'),
 (15, 'beyond the BMP', E'\U00010000 \U0010FFFF', E'\U0001D11E', E'\U0001F600'),
 (16, 'separators', E'a\u2028b\u2029c\u0085d', E'\u2028', E'\u2029'),
 (17, 'byte order mark', E'\uFEFFbom', E'\uFEFF', E'\uFEFF'),
 (18, 'combining', E'e\u0301 \u00E9', E'e\u0301', E'\u00E9'),
 (19, 'right to left', 'שלום عالم', 'שלום', 'عالم'),
 (20, 'east asian', '日本語 한국어 中文', '日本語', '中文'),
 (21, 'non-characters', E'\uFFFE \uFFFF \uFDD0', E'\uFFFF', E'\uFFFE'),
 (22, 'markup', '<a href="x">&amp;</a>', '<&>', '</>'),
 (23, 'looks like a number', '007', '1e5', '1.0'),
 (24, 'looks like null', 'null', 'NULL', E'\\N'),
 (25, 'looks like JSON', '{"a": [1, null]}', '[]', '{}'),
 (26, 'looks like a formula', '=1+1', '@SUM(A1)', '-1'),
 (27, 'looks like an escape', E'\\u0041 %41 &#65;', E'\\u0000', '%00'),
 (28, 'looks like a date', '2024-02-30', '2024-01-01T00:00:00Z', '12:00'),
 (29, 'no-break and zero width', E'a\u00A0b\u200Bc\u200Dd', E'\u00A0', E'\u200B'),
 (30, 'long', repeat('Lorem ipsum, "dolor" sit amet. ', 40), repeat('x', 20), 'xxxxx');

CREATE TABLE times (
    id    integer PRIMARY KEY,
    what  text NOT NULL,
    day   date,
    clock time,
    local timestamp,
    zoned timestamptz
);
INSERT INTO times VALUES
 (1, 'null', NULL, NULL, NULL, NULL),
 (2, 'epoch', '1970-01-01', '00:00', '1970-01-01 00:00', '1970-01-01 00:00+00'),
 (3, 'before the epoch', '1969-12-31', '23:59:59.999999', '1969-12-31 23:59:59.999999', '1969-12-31 23:59:59.999999+00'),
 (4, 'year one', '0001-01-01', '00:00:00.000001', '0001-01-01 00:00:00.000001', '0001-01-02 00:00:00.000001+00'),
 (5, 'year 9999', '9999-12-31', '12:00', '9999-12-31 23:59:59.999', '9999-12-30 23:59:59.999+00'),
 (6, 'east of Greenwich', '2024-07-01', '05:30', '2024-07-01 05:30', '2024-07-01 05:30:00.5+05:30'),
 (7, 'west of Greenwich', '2024-07-01', '21:00', '2024-07-01 21:00', '2024-07-01 21:00:00.25-09:30'),
 (8, 'leap day', '2024-02-29', '23:59:59', '2024-02-29 23:59:59.1', '2024-02-29 23:59:59.12+00'),
 (9, 'spring forward', '2024-03-31', '02:30', '2024-03-31 02:30', '2024-03-31 02:30+01'),
 (10, 'fall back', '2024-10-27', '02:30', '2024-10-27 02:30', '2024-10-27 02:30+02'),
 (11, 'old zone with seconds', '1890-05-05', '12:00', '1890-05-05 12:00', '1890-05-05 12:00:00+00:19:32'),
 (12, 'microseconds', '2001-09-09', '01:46:40.000010', '2001-09-09 01:46:40.123456', '2001-09-09 01:46:40.100000+00');

CREATE TABLE documents (
    id     uuid PRIMARY KEY,
    what   text NOT NULL,
    doc    jsonb,
    plain  json,
    bytes  bytea,
    flag   boolean,
    state  order_status
);
INSERT INTO documents VALUES
 ('00000000-0000-0000-0000-000000000001', 'null', NULL, NULL, NULL, NULL, NULL),
 ('00000000-0000-0000-0000-000000000002', 'empty', '{}', '{}', '', false, 'new'),
 ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'nested', '{"a": {"b": {"c": {"d": [1, {"e": [[], {}, [null]]}]}}}, "z": 1, "y": null}', '{"b": 1, "a": {"x": true}}', '\x00ff10', true, 'paid'),
 ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12', 'unicode', '{"ключ": "значение", "emoji 😀": "👩‍👩‍👧‍👦", "esc": "\" \\ \/ \n \t \u2028 \u0001", "": "empty key", "a.b": 1, "a__b": 2}', '{"k": "\u00e9\ud83d\ude00"}', decode('7b0d0a2c2200', 'hex'), true, 'returned'),
 ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a13', 'many digits', '{"int": 123456789012345678901234567890, "dec": 0.1234567890123456789012345678901234567890, "exp": 1e25, "big": 9007199254740993, "zero": 1.500, "neg": -0.0}', '{"n": 1.10, "big": 9223372036854775808}', '\xdeadbeef', false, 'sent to customer'),
 ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a14', 'array at the top', '[1, "two", null, [3], {"four": 4}]', '[]', '\x20', NULL, 'new'),
 ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a15', 'same keys as other columns', '{"id": 1, "what": "x", "_sdc_batched_at": "mine", "type": "RECORD"}', '{"doc": {}}', '\x', true, 'new');

CREATE TABLE arrays (
    id      integer PRIMARY KEY,
    texts   text[],
    ints    integer[],
    bigs    bigint[],
    decimals numeric(20,5)[],
    flags   boolean[],
    grid    integer[][]
);
INSERT INTO arrays VALUES
 (1, '{}', '{}', '{}', '{}', '{}', '{}'),
 (2, ARRAY['a', '', NULL, 'NULL', 'comma, "quote" {brace} \ '], ARRAY[1, NULL, -2147483648], ARRAY[9223372036854775807, 9007199254740993], ARRAY[1.50000, -0.00001, NULL], ARRAY[true, NULL, false], ARRAY[ARRAY[1, 2], ARRAY[3, 4]]),
 (3, ARRAY[E'line\nfeed', '😀', E'\u2028'], ARRAY[0], ARRAY[0], ARRAY[123456789012345.67891], ARRAY[true], ARRAY[ARRAY[0]]),
 (4, ARRAY[NULL]::text[], ARRAY[NULL]::integer[], ARRAY[NULL]::bigint[], ARRAY[NULL]::numeric[], ARRAY[NULL]::boolean[], ARRAY[ARRAY[NULL]]::integer[][]);

-- What a table of arrays holds where the array itself is NULL.
CREATE TABLE null_arrays (id integer PRIMARY KEY, texts text[], ints integer[]);
INSERT INTO null_arrays VALUES (1, NULL, NULL), (2, '{a}', NULL), (3, '{}', '{3}');

-- Names that need care on their way into keys and columns.
CREATE TABLE "Odd Names & Co" (
    "ID"        integer PRIMARY KEY,
    "id"        integer,
    "two words" text,
    "a.b"       text,
    "a__b"      text,
    "quo""te"   text,
    "comma,"    text,
    "größe"     text,
    "select"    text,
    "_sdc_mine" text
);
INSERT INTO "Odd Names & Co" VALUES
 (1, 10, 'tw', 'dot', 'underscores', 'quote', 'comma', 'g', 's', 'm'),
 (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
 (3, 30, '', '', '', '', '', '', '', '');

CREATE TABLE nothing (id integer PRIMARY KEY, name text);

-- Numbers that JSON cannot hold.
CREATE TABLE measurements (id integer PRIMARY KEY, value double precision, exact numeric);
INSERT INTO measurements VALUES (1, 1.5, 1.5), (2, 'NaN', 'NaN'), (3, 2.5, 2.5), (4, 'Infinity', 4), (5, '-Infinity', 5);

-- Read LOG_BASED, before and after changes.sql.
CREATE SCHEMA depot;
CREATE TABLE depot.stock (
    sku        text PRIMARY KEY,
    quantity   integer,
    price      numeric(8,2),
    note       text,
    counted_at timestamptz
);
ALTER TABLE depot.stock REPLICA IDENTITY FULL;
INSERT INTO depot.stock
SELECT 'SKU ' || n, n * 10, n + 0.5, 'from the start', timestamptz '2024-01-01 00:00+00' + n * interval '1 hour'
FROM generate_series(1, 10) AS n;
