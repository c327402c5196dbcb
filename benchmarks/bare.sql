-- What the bare view writes to: plain tables, no triggers. Made anew for each run.
DROP SCHEMA IF EXISTS bare CASCADE;
CREATE SCHEMA bare;
CREATE SEQUENCE bare.uhid;
CREATE TABLE bare.patient (id uuid PRIMARY KEY, uhid text UNIQUE, name text, sex text, phone text,
    village text, registered_at timestamptz);
CREATE TABLE bare.encounter (id uuid PRIMARY KEY, patient uuid REFERENCES bare.patient, facility text,
    department text, started_at timestamptz);
CREATE TABLE bare.clinic_day (facility text, department text, held_on date, last int,
    PRIMARY KEY (facility, department, held_on));
CREATE TABLE bare.token (id uuid PRIMARY KEY, encounter uuid REFERENCES bare.encounter, number int);
CREATE TABLE bare.charge (id uuid PRIMARY KEY, encounter uuid REFERENCES bare.encounter, amount numeric);
CREATE TABLE bare.series (facility text, series text, last int, PRIMARY KEY (facility, series));
CREATE TABLE bare.invoice (id uuid PRIMARY KEY, encounter uuid REFERENCES bare.encounter,
    number text UNIQUE, total numeric);
CREATE TABLE bare.payment (id uuid PRIMARY KEY, invoice uuid REFERENCES bare.invoice,
    receipt text UNIQUE, amount numeric);
