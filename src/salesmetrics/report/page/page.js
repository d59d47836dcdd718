(async()=>{
"use strict";
const all=(s,r=document)=>[...r.querySelectorAll(s)],one=id=>document.getElementById(id);
// The views, and what each shows.
const views=all("[data-show]");
const show=name=>{
 for(const b of views)b.setAttribute("aria-pressed",String(b.dataset.show===name));
 for(const s of all("[data-in]"))s.hidden=name!=="all"&&!s.dataset.in.split(" ").includes(name);
};
for(const b of views)b.addEventListener("click",()=>show(b.dataset.show));
// A link to a definition opens what it is folded in.
const open=()=>{
 const to=one(decodeURIComponent(location.hash.slice(1)));
 if(!to)return;
 for(let e=to;e;e=e.parentElement){if(e.tagName==="DETAILS")e.open=true;if(e.hidden)show("all");}
 const inner=to.querySelector("details");if(inner)inner.open=true;
 to.scrollIntoView();
};
addEventListener("hashchange",open);
addEventListener("beforeprint",()=>all("details").forEach(d=>{d.open=true}));
// The figures of groups: as they were computed, one block for all.
const held=one("held");
if(!held||!("DecompressionStream" in window)){open();return}
const bytes=Uint8Array.from(atob(held.textContent),c=>c.charCodeAt(0));
const stream=new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
const data=JSON.parse(await new Response(stream).text());
// The definition of each figure, a click away.
for(const tr of all("tr[id]")){
 const th=tr.cells[0],kpi=tr.id.slice(2),d=document.createElement("details"),s=document.createElement("summary"),p=document.createElement("p");
 s.textContent=th.textContent;p.textContent=`${data.about[kpi]||""} (${kpi})`;d.append(s,p);th.replaceChildren(d);
}
open();
const selects=all("select[data-by]"),when=one("when"),filters=one("filters"),told=one("told");
const figures=all("[data-kpi],tr[id]").map(e=>({e,kpi:e.dataset.kpi||e.id.slice(2),v:e.cells?e.cells[1]:e.querySelector(".v"),c:e.cells?e.cells[2]:e.querySelector(".c"),n:e.cells&&e.cells[3]}));
const put=(e,text,kind)=>{if(e){e.textContent=text;e.classList.toggle("u",kind===1);e.classList.toggle("d",kind===-1)}};
const draw=()=>{
 const chosen=selects.filter(s=>s.value!=="");
 const by=data.by.findIndex(g=>g.length===chosen.length&&chosen.every(s=>g.includes(s.dataset.by)));
 const label=by<0?"":JSON.stringify(data.by[by].map(n=>data.names[n][Number(chosen.find(s=>s.dataset.by===n).value)]));
 const group=by<0?-1:data.groups[by].indexOf(label),period=when?Number(when.value):data.now;
 for(const f of figures){
  const at=(((data.kpis[f.kpi]||{})[by]||[])[period]||[])[group],cell=at>=0&&data.cells.map(part=>part[f.kpi][at]);
  f.e.classList.toggle("g",!cell);
  if(cell){put(f.v,cell[0],0);put(f.c,cell[1],cell[2]);put(f.n,cell[3],0);}
  else{
   const why=by<0?data.said.pair:group<0?data.said.empty:((data.why[f.kpi]||{})[by]||data.said.none);
   put(f.v,data.said.untold,0);put(f.c,why,0);put(f.n,"",0);
  }
 }
 const whole=chosen.length===0&&period===data.now;
 for(const e of all("[data-whole]"))e.toggleAttribute("hidden",!whole);
 told.textContent=whole?"":data.said.filtered;
};
for(const s of [...selects,when])if(s)s.addEventListener("change",draw);
filters.hidden=false;
})();
