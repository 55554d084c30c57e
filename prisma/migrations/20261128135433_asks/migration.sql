-- CreateTable
CREATE TABLE "ask" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "membership_id" TEXT,
    "subject" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "ends_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ask_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "approval" (
    "id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "enterprise_id" TEXT NOT NULL,
    "membership_id" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "approval_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "ask_membership_id_created_at_idx" ON "ask"("membership_id", "created_at" DESC);

-- CreateIndex
CREATE INDEX "ask_subject_idx" ON "ask"("subject");

-- CreateIndex
CREATE INDEX "ask_expires_at_idx" ON "ask"("expires_at");

-- CreateIndex
CREATE INDEX "approval_membership_id_created_at_idx" ON "approval"("membership_id", "created_at" DESC);

-- CreateIndex
CREATE INDEX "approval_enterprise_id_created_at_idx" ON "approval"("enterprise_id", "created_at" DESC);

-- CreateIndex
CREATE INDEX "approval_expires_at_idx" ON "approval"("expires_at");
