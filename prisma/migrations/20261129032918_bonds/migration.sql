-- CreateTable
CREATE TABLE "bond_project" (
    "id" TEXT NOT NULL,
    "center" TEXT NOT NULL,
    "code" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "bond_project_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "bond_section" (
    "id" TEXT NOT NULL,
    "center" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "opens_at" TIMESTAMPTZ(3),
    "body" TEXT NOT NULL,

    CONSTRAINT "bond_section_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "bond" (
    "id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "place_tag" TEXT NOT NULL,
    "account_tag" TEXT,
    "company_tag" TEXT NOT NULL,
    "sealed" TEXT NOT NULL,
    "bidder" TEXT NOT NULL,
    "payer" TEXT NOT NULL,

    CONSTRAINT "bond_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "bond_event" (
    "bond_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "key_tag" TEXT NOT NULL,
    "sealed" TEXT NOT NULL,

    CONSTRAINT "bond_event_pkey" PRIMARY KEY ("bond_id","number")
);

-- CreateTable
CREATE TABLE "bond_parameter" (
    "kind" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "revision" INTEGER NOT NULL,
    "body" TEXT NOT NULL,
    "by" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "bond_parameter_pkey" PRIMARY KEY ("kind","key","revision")
);

-- CreateIndex
CREATE UNIQUE INDEX "bond_project_center_code_key" ON "bond_project"("center", "code");

-- CreateIndex
CREATE UNIQUE INDEX "bond_place_tag_key" ON "bond"("place_tag");

-- CreateIndex
CREATE UNIQUE INDEX "bond_account_tag_key" ON "bond"("account_tag");

-- CreateIndex
CREATE INDEX "bond_company_tag_id_idx" ON "bond"("company_tag", "id");

-- CreateIndex
CREATE UNIQUE INDEX "bond_event_key_tag_key" ON "bond_event"("key_tag");

-- what the schema cannot say: events and parameters are only ever added to
CREATE FUNCTION bond_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'this record is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER bond_event_append_only BEFORE UPDATE OR DELETE ON "bond_event" FOR EACH ROW EXECUTE FUNCTION bond_append_only();
CREATE TRIGGER bond_parameter_append_only BEFORE UPDATE OR DELETE ON "bond_parameter" FOR EACH ROW EXECUTE FUNCTION bond_append_only();
